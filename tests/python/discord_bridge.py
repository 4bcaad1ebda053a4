"""A Discord on 127.0.0.1, made of simcord, a model of Discord that shares no code with Tieline.

simcord keeps a server with its channels, members, messages, commands and interactions in memory,
and refuses what Discord refuses, in Discord's words. By itself it serves bots in Python that live
in its own process. Here it stands behind the doors that every other bot uses, and one for the test:

    /api/v10/...   what a bot asks, over HTTP
    /line          what a bot is told, over a WebSocket: the gateway
    /people/...    what people do and see; whoever, or whichever channel, is named first is made
    /state         who listens, which commands there are, and what the bot did that was refused

People do only what Discord's own programs let them: they see the channel, the command is offered to
them, the button is on a message that they see, and the options are of the kinds that were declared.
Once somebody acted, the bot has three real seconds for its first answer.

Left out: other bots and servers, shards, resuming a session (a bot is told to begin anew), limits
on how often a bot may ask, nonces, threads, reactions, files, completing options while they are
typed. What simcord does not check at all is how commands are declared.

Arguments: the port, and the bot's token.
"""

import asyncio
import json
import sys
import traceback
from datetime import UTC, datetime

import discord
from aiohttp import WSMsgType, web
from simcord.backend import Backend, serializers
from simcord.backend.access import message_accessible
from simcord.backend.command_access import command_access
from simcord.backend.errors import BackendError, SetupError
from simcord.components import walk_components
from simcord.enums import AppCommandType, InteractionType
from simcord.gateway import FakeGateway
from simcord.http import router, routes  # noqa: F401 (routes fill the router)
from simcord.interactions import base_payload, check_options, nest_options, walk_to_subcommand

PORT, TOKEN = int(sys.argv[1]), sys.argv[2]
HEARTBEAT_MS = 41_250


class MachineClock:
    """The machine's time. simcord's own clock stands still, and a bot reads the time from ids."""

    def now(self):
        return datetime.now(UTC)


world = Backend(clock=MachineClock())
world.bot_user.name = "Tieline"
server = world.create_guild("Northwind")
lines = set()
refused = []


def refuse(what, why):
    refused.append(f"{why} for {what[:1000]}")
    print(refused[-1], file=sys.stderr, flush=True)


def as_json(answer, status=200):
    return web.Response(status=status, text=json.dumps(answer), content_type="application/json")


# ------------------------------------------------------------------ what a bot asks


async def api(request):
    path = "/" + request.match_info["path"]
    body = await request.read()
    asked = f"{request.method} {path} {body.decode()}"
    # What is asked about an interaction is proved by the token in its path.
    by_path = path.startswith(("/interactions/", "/webhooks/"))
    if not by_path and request.headers.get("Authorization") != f"Bot {TOKEN}":
        refuse(asked, "401: Unauthorized")
        return as_json({"message": "401: Unauthorized", "code": 0}, 401)
    if path in ("/gateway", "/gateway/bot"):
        return as_json(front())
    try:
        answer = router.dispatch(
            world,
            request.method,
            path,
            json=json.loads(body) if body else None,
            params=dict(request.query),
            reason=request.headers.get("X-Audit-Log-Reason"),
        )
    except BackendError as error:
        # Also what simcord does not model: it says so with a 501.
        refuse(asked, json.dumps(error.to_json()))
        return as_json(error.to_json(), error.status)
    except Exception:
        refuse(asked, traceback.format_exc())
        return as_json({"message": "simcord does not know what to do with this", "code": 0}, 500)
    return web.Response(status=204) if answer is None else as_json(answer)


def front():
    calls = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return {"url": f"ws://127.0.0.1:{PORT}/line", "shards": 1, "session_start_limit": calls}


# ------------------------------------------------------------------ what a bot is told


class Line:
    """The line of one bot. simcord decides what a bot of its intents hears, and how much of it."""

    def __init__(self, socket):
        self.socket = socket
        self.count = 0
        self.waiting = asyncio.Queue()
        self.intents = discord.Intents.none()
        # Where simcord looks for what discord.py does with an event: here it is sent.
        self.parsers = self
        self.gateway = None

    def __getitem__(self, event):
        return lambda payload: self.tell(event, payload)

    def tell(self, event, payload):
        if event == "GUILD_CREATE":
            # Discord always says this; simcord does not.
            payload["nsfw_level"] = 0
        self.count += 1
        self.put({"op": 0, "t": event, "s": self.count, "d": payload})

    def put(self, frame):
        # As text, because what it says changes later.
        self.waiting.put_nowait(json.dumps(frame))

    async def send(self):
        while True:
            await self.socket.send_str(await self.waiting.get())

    def identify(self, said):
        self.intents.value = said["intents"]
        self.gateway = FakeGateway(world, self)
        lines.add(self)
        ready = {
            "v": 10,
            "user": serializers.user_payload(world.bot_user),
            "guilds": [{"id": str(server.id), "unavailable": True}],
            "session_id": "the-only-one",
            "resume_gateway_url": front()["url"],
            "shard": said.get("shard", [0, 1]),
            "application": {"id": str(world.application_id), "flags": 0},
        }
        self.gateway.feed("READY", ready)
        self.gateway.feed("GUILD_CREATE", serializers.guild_create_payload(world, server))


def emitted(event, payload):
    for line in lines:
        line.gateway.feed(event, payload)


world.subscribers.append(emitted)


async def gateway(request):
    socket = web.WebSocketResponse()
    await socket.prepare(request)
    line = Line(socket)
    line.put({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}})
    sending = asyncio.create_task(line.send())
    try:
        async for message in socket:
            if message.type != WSMsgType.TEXT:
                continue
            frame = json.loads(message.data)
            if frame["op"] == 1:
                line.put({"op": 11})
            elif frame["op"] == 6:
                line.put({"op": 9, "d": False})
            elif frame["op"] == 2 and frame["d"]["token"].removeprefix("Bot ") != TOKEN:
                refuse("IDENTIFY", "4004: Authentication failed")
                await socket.close(code=4004, message=b"Authentication failed.")
            elif frame["op"] == 2:
                line.identify(frame["d"])
    finally:
        lines.discard(line)
        sending.cancel()
    return socket


# ------------------------------------------------------------------ what people do and see


class Impossible(Exception):
    """Discord's own programs would not let anybody do this."""


def person(name):
    for user in world.users.values():
        if user.name == name:
            return user
    user = world.make_user(name)
    world.add_member(server.id, user.id)
    return user


def channel(name):
    """A channel by its name; by `@` and a person's, what they and the bot say in private."""
    if name.startswith("@"):
        return world.get_dm_channel(person(name[1:]).id)
    for known in world.channels.values():
        if known.guild_id == server.id and known.name == name:
            return known
    return world.create_channel(server.id, name)


def seen(who, message_id):
    """A message that somebody sees."""
    for messages in world.messages.values():
        message = messages.get(int(message_id))
        if message and message_accessible(world, message.channel_id, message, who.id):
            return message
    raise Impossible(f"{who.name} sees no message {message_id}")


def act(who, place, kind, data, *, on=None):
    """Whatever the bot is asked to answer."""
    world.require_permissions(place.guild_id, who.id, place.id, "view_channel")
    record, payload = base_payload(
        world,
        type=kind,
        channel_id=place.id,
        guild_id=place.guild_id,
        user_id=who.id,
        data=data,
    )
    if on is not None:
        record.source_message_id = on.id
        payload["message"] = serializers.message_payload(world, on)
    world.emit("INTERACTION_CREATE", payload)
    return {"interaction": str(record.id)}


def say(asked):
    who, place = person(asked["who"]), channel(asked["channel"])
    world.require_permissions(place.guild_id, who.id, place.id, "send_messages")
    return {"message": str(world.create_message(place.id, who.id, asked["words"]).id)}


def use(asked):
    """Presses a button, or chooses from a menu where there are values."""
    who = person(asked["who"])
    message = seen(who, asked["message"])
    custom_id, values = asked["custom_id"], asked.get("values")
    wanted = 2 if values is None else 3
    for component in walk_components(message.components):
        if component.get("custom_id") == custom_id and component["type"] == wanted:
            break
    else:
        raise Impossible(f"there is no {custom_id} on {message.components}")
    if component.get("disabled"):
        raise Impossible(f"{component} is grey")
    data = {"custom_id": custom_id, "component_type": wanted}
    if values is not None:
        offered = [option["value"] for option in component["options"]]
        if not values or len(values) > component.get("max_values", 1) or set(values) - set(offered):
            raise Impossible(f"{values} cannot be chosen of {offered}")
        data["values"] = values
    place = world.get_channel(message.channel_id)
    return act(who, place, InteractionType.MESSAGE_COMPONENT, data, on=message)


def offered(who, place, name, kind):
    command = world.find_command(name, place.guild_id, kind)
    if command is None:
        raise Impossible(f"there is no command {name}; there are {command_names()}")
    access = command_access(world, command, user_id=who.id, channel_id=place.id)
    if not access.allowed:
        raise Impossible(f"{who.name} is not offered {name}: {access.reason}")
    data = {"id": command["id"], "name": command["name"], "type": int(kind)}
    return command, data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})


def command(asked):
    """A slash command, such as `deal move`, with its options."""
    who, place = person(asked["who"]), channel(asked["channel"])
    name, *steps = asked["name"].split()
    root, data = offered(who, place, name, AppCommandType.CHAT_INPUT)
    leaf, steps = walk_to_subcommand(root, steps)
    given = check_options(asked["name"], leaf, asked["options"])
    kinds = {option["name"]: option["type"] for option in leaf.get("options") or []}
    filled = [{"name": key, "type": kinds[key], "value": given[key]} for key in given]
    data["options"] = nest_options(root, steps, filled)
    return act(who, place, InteractionType.APPLICATION_COMMAND, data)


def menu(asked):
    """A command from the menu of a message."""
    who = person(asked["who"])
    message = seen(who, asked["message"])
    place = world.get_channel(message.channel_id)
    _, data = offered(who, place, asked["name"], AppCommandType.MESSAGE)
    data["target_id"] = str(message.id)
    target = serializers.message_payload(world, message)
    data["resolved"] = {"messages": {str(message.id): target}}
    return act(who, place, InteractionType.APPLICATION_COMMAND, data)


def fill(asked):
    """Fills in the form that was the answer to an interaction, and sends it off."""
    who = person(asked["who"])
    shown = world.interactions[int(asked["interaction"])]
    if shown.modal is None or shown.modal_consumed or shown.user_id != who.id:
        raise Impossible(f"{who.name} has no such form open")
    values, rows = dict(asked["values"]), []
    for row in shown.modal["components"]:
        for field in row["components"]:
            value = values.pop(field["custom_id"], field.get("value") or "")
            # Discord takes every field for required that does not say otherwise.
            least = max(field.get("min_length", 0), 1 if field.get("required", True) else 0)
            if (value and len(value) > field.get("max_length", 4000)) or len(value) < least:
                raise Impossible(f"{value!r} is no answer to {field}")
            filled = {"type": 4, "id": field["id"], "custom_id": field["custom_id"], "value": value}
            rows.append({"type": 1, "id": row["id"], "components": [filled]})
    if values:
        raise Impossible(f"the form does not ask for {list(values)}")
    shown.modal_consumed = True
    data = {"custom_id": shown.modal["custom_id"], "components": rows}
    return act(who, world.get_channel(shown.channel_id), InteractionType.MODAL_SUBMIT, data)


def messages(asked):
    """What somebody sees in a channel, oldest first."""
    who, place = person(asked["who"]), channel(asked["channel"])
    return [
        serializers.message_payload(world, message, for_user=who.id)
        for message in world.messages[place.id].values()
        if message_accessible(world, place.id, message, who.id, history=True)
    ]


def answered(asked):
    """How an interaction was answered first, and the form, if that is a form."""
    record = world.interactions[int(asked["interaction"])]
    kind = record.response_kind
    return {"kind": kind and kind.value, "form": record.modal}


DEEDS = {deed.__name__: deed for deed in (say, use, command, menu, fill, messages, answered)}


async def people(request):
    asked = await request.json()
    try:
        return as_json(DEEDS[request.match_info["deed"]](asked))
    except (Impossible, BackendError, SetupError) as error:
        return as_json({"impossible": str(error)}, 409)


def command_names():
    return [name for known in world.commands.values() for name, _ in known]


async def state(_):
    bot = str(world.bot_user.id)
    told = {"bot": bot, "listens": len(lines), "commands": command_names(), "refused": refused}
    return as_json(told)


app = web.Application()
app.router.add_route("*", "/api/v10/{path:.*}", api)
app.router.add_get("/line", gateway)
app.router.add_post("/people/{deed}", people)
app.router.add_get("/state", state)
web.run_app(app, host="127.0.0.1", port=PORT, print=None, access_log=None)
