"""What needs the model and the desk together: drafts, new versions of them, answers, and the conversation.

The model gets a ToolKit made here. It can look things up and propose; every proposal passes ``workflow.propose``,
where checks and policy wait for it. Nothing here can sign off or publish.
"""

from bot.writing.answers import Told, ask, conversation_kit, converse, search
from bot.writing.common import Near, relevant
from bot.writing.composing import compose
from bot.writing.kit import prompt_refs
from bot.writing.pictures import can_see
from bot.writing.posts import Tell, Written, another, draft, edit, tried
from bot.writing.wishes import Wish

__all__ = [
    "Near", "Tell", "Told", "Wish", "Written", "another", "ask", "can_see", "compose", "conversation_kit", "converse",
    "draft", "edit", "prompt_refs", "relevant", "search", "tried",
]  # fmt: skip
