"""The attacker and the brand that is attacked: what is wanted, how it is written, and a model that obeys it.

``bot.surfaces.redteam`` puts them before the whole product and judges what left. Nothing in the product imports either,
except the command ``signoff redteam``.
"""
