"""`doctor`: whether this machine can run mmcli."""
