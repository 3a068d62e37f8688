"""Discord: cards as embeds, commands as application commands, over the real discord.py."""
