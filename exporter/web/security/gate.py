"""Admits requests: nothing is reachable without what the web config file asks for."""

from __future__ import annotations

from aiohttp import web

from exporter.web.answers import Handler
from exporter.web.security.file import WebConfig
from exporter.web.security.tls import names
from exporter.web.security.users import Busy, Users

_ASKED = {"WWW-Authenticate": 'Basic realm="asterisk-ami-exporter", charset="UTF-8"'}


class Gate:
    """What the file says of requests, as it was read last."""

    def __init__(self, config: WebConfig) -> None:
        self.set(config)

    def set(self, config: WebConfig) -> None:
        """Admit by another file from now on."""
        self._users = Users(config.basic_auth_users)
        self._headers = config.http_server_config.headers
        tls = config.tls_server_config
        self._names = frozenset(tls.client_allowed_sans if tls else ())
        certified = tls is not None and tls.client_auth_type == "RequireAndVerifyClientCert"
        self.open = not self._users and not certified  # to whoever reaches us

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse who is not known."""
        if self._names and not self._names & set(names(request.get_extra_info("peercert"))):
            raise web.HTTPForbidden(text="The client's certificate has none of the allowed names.\n")
        if self._users:
            try:
                known = await self._users.admit(request.headers.get("Authorization", ""))
            except Busy:
                text = "Too many passwords to check. Try again.\n"
                raise web.HTTPServiceUnavailable(text=text, headers={"Retry-After": "5"}) from None
            if not known:
                raise web.HTTPUnauthorized(text="Name and password are asked for.\n", headers=_ASKED)
        return await handler(request)

    async def add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        """Set the headers of the file."""
        response.headers.update(self._headers)
