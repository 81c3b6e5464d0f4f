// For those who build their monitoring with Jsonnet: the generated dashboards, rules and alerts as a mixin.
{
  _config+:: {
    // Where the runbooks stand: an address that your people can open. It becomes a link in each alert.
    runbooks: '',
  },

  local linked(rule) = rule + if $._config.runbooks == '' then {} else {
    annotations+: { runbook_url: '%s/%s.md' % [$._config.runbooks, rule.alert] },
  },

  grafanaDashboards+:: {
    'asterisk-calls.json': import 'dashboards/asterisk-calls.json',
    'asterisk-exporter.json': import 'dashboards/asterisk-exporter.json',
    'asterisk-media.json': import 'dashboards/asterisk-media.json',
    'asterisk-overview.json': import 'dashboards/asterisk-overview.json',
    'asterisk-pbx.json': import 'dashboards/asterisk-pbx.json',
    'asterisk-pjsip.json': import 'dashboards/asterisk-pjsip.json',
    'asterisk-queues.json': import 'dashboards/asterisk-queues.json',
    'asterisk-security.json': import 'dashboards/asterisk-security.json',
  },

  prometheusRules+:: std.parseYaml(importstr 'alerts/recording.yaml'),

  prometheusAlerts+:: {
    groups+: std.flatMap(
      function(text) [
        group { rules: std.map(linked, group.rules) }
        for group in std.parseYaml(text).groups
      ],
      [
        importstr 'alerts/exporter.yaml',
        importstr 'alerts/media.yaml',
        importstr 'alerts/pbx.yaml',
        importstr 'alerts/phones.yaml',
        importstr 'alerts/queues.yaml',
        importstr 'alerts/security.yaml',
        importstr 'alerts/trunks.yaml',
      ],
    ),
  },
}
