"""The chat platforms that come with wireroom; each is found through its entry point."""
