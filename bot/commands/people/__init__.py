"""The commands about a person: quiet hours, digests, their data; and what the bot says of itself."""
