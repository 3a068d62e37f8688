"""wireroom: feeds in, cards out.

Poller     claims due feeds, fetches (bot.fetch), parses (bot.parse), decides what is new
           (bot.novelty), routes it (bot.route) and stores marks and deliveries at once (bot.store)
Deliverer  claims deliveries and posts them through an adapter (bot.adapter, adapters/*)

bot.app wires the parts, bot.cli is the command, bot.settings alone reads the environment.
CONTRIBUTING.md holds the whole map and who may know whom.
"""
