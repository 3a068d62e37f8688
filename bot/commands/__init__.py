"""What people can tell the bot to do, one module per noun; whoever asks draws the answer."""
