"""Whom a call is for, as the platform finds them."""

from duologue.channels.telegram.simulate.call import Call, wrong
from duologue.channels.telegram.simulate.world import CONNECTION, BotError, Chat, Message, World


def reached(world: World, call: Call) -> Chat:
    """The chat. Raises `BotError` as the platform would."""
    number = call.number("chat_id")
    if number is None:
        raise wrong("chat_id is empty")
    connection = call.text("business_connection_id")
    if connection is not None and connection != CONNECTION:
        raise wrong("business connection not found")
    if number in world.supergroups:
        moved = world.supergroups[number]
        raise BotError(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=moved)
    chat = (world.business if connection else world.chats).get(number)
    if chat is None:
        raise wrong("chat not found")
    return chat


def written_to(world: World, call: Call) -> Chat:
    """The chat of somebody who may be written to."""
    chat = reached(world, call)
    if chat.deactivated:
        raise BotError(403, "Forbidden: user is deactivated")
    if chat.blocked:
        raise BotError(403, "Forbidden: bot was blocked by the user")
    if not chat.started:
        raise BotError(403, "Forbidden: bot can't initiate conversation with a user")
    return chat


def own_message(chat: Chat, call: Call) -> Message:
    message = chat.message(call.number("message_id") or 0)
    if message is None:
        raise wrong("message to be edited not found" if "text" in call.params else "message not found")
    return message
