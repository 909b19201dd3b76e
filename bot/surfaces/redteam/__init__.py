"""The whole product before a model that is the attacker's: ways in, what left by any way out, and the report of it.

Run by ``signoff redteam``, on a Signoff of its own in a folder that is thrown away; nothing reaches the network.
"""
