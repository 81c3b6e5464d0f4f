"""The AMI client, proved line by line."""
