"""The commands over what a person follows."""
