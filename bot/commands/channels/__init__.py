"""The commands over feeds in channels."""
