"""One Matrix person, driven over JSON lines.

A test starts this program, writes commands to its stdin and reads answers and
events from its stdout, one JSON object per line:

    in   {"id": 1, "do": "send", "room": "!r:localhost", "body": "hello"}
    out  {"answer": 1, "ok": {"event_id": "$e"}}   or   {"answer": 1, "error": "..."}
    out  {"event": {...}}     each timeline event, decrypted where possible
    out  {"invite": {"room": "!r:localhost", "inviter": "@bob:localhost"}}

It is matrix-nio underneath, with encryption on and every device trusted. An
event that could not be decrypted is pushed as it is, and again once its key
has come. Left out: media, typing, receipts, verification.
"""

import asyncio
import json
import sys
import traceback
from uuid import uuid4

from nio import (
    Api,
    AsyncClient,
    AsyncClientConfig,
    EncryptionError,
    ErrorResponse,
    MegolmEvent,
    RoomPreset,
    RoomSendResponse,
    SyncResponse,
)

# Short, because the `sync` command waits for a round that began after it.
POLL_MS = 500
FILTER = {"room": {"timeline": {"limit": 500}}, "presence": {"types": []}}
ENCRYPTION = {
    "type": "m.room.encryption",
    "state_key": "",
    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
}


class Refused(Exception):
    """The homeserver, or this person, said no."""


def say(line):
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def checked(response):
    if isinstance(response, ErrorResponse):
        raise Refused(f"{response.status_code}: {response.message}")
    return response


def describe(room_id, event):
    """The event as the tests read it; `content` is the whole decrypted content."""
    source = event.source
    content = source.get("content") or {}
    return {
        "room": room_id,
        "event_id": source.get("event_id"),
        "sender": source.get("sender"),
        "type": source.get("type"),
        "state_key": source.get("state_key"),
        "ts_ms": source.get("origin_server_ts"),
        "msgtype": content.get("msgtype"),
        "body": content.get("body"),
        "formatted_body": content.get("formatted_body"),
        "relates_to": content.get("m.relates_to"),
        "new_content": content.get("m.new_content"),
        "mentions": content.get("m.mentions"),
        "redacts": source.get("redacts") or content.get("redacts"),
        "decrypted": bool(getattr(event, "decrypted", False)),
        "undecryptable": isinstance(event, MegolmEvent),
        "content": content,
    }


class Person:
    def __init__(self):
        self.client = None
        self.round = 0
        self.round_ended = asyncio.Condition()
        self.pushed = set()
        self.invited = set()
        self.unread = []
        self.audience = {}

    # -- listening ---------------------------------------------------------

    async def listen(self):
        while True:
            try:
                response = await self.client.sync(timeout=POLL_MS, sync_filter=FILTER)
                if isinstance(response, SyncResponse):
                    self.push(response)
                    await self.keep_keys()
                    self.retry_unread()
                else:
                    print(f"sync refused: {response}", file=sys.stderr)
                    await asyncio.sleep(0.3)
                    continue
            except asyncio.CancelledError:
                raise
            except Exception as error:  # the server may be down for a while
                print(f"sync failed: {error!r}", file=sys.stderr)
                await asyncio.sleep(0.3)
                continue
            async with self.round_ended:
                self.round += 1
                self.round_ended.notify_all()

    def push(self, response):
        for room_id in response.rooms.invite:
            if room_id not in self.invited:
                self.invited.add(room_id)
                room = self.client.invited_rooms.get(room_id)
                say({"invite": {"room": room_id, "inviter": getattr(room, "inviter", None)}})
        for rooms in (response.rooms.join, response.rooms.leave):
            for room_id, info in rooms.items():
                if rooms is response.rooms.leave:
                    self.invited.discard(room_id)
                for event in info.timeline.events:
                    event_id = event.source.get("event_id")
                    if event_id in self.pushed:
                        continue
                    self.pushed.add(event_id)
                    if isinstance(event, MegolmEvent):
                        event.room_id = room_id
                        self.unread.append(event)
                    say({"event": describe(room_id, event)})

    def retry_unread(self):
        still = []
        for event in self.unread:
            try:
                plain = self.client.decrypt_event(event)
            except EncryptionError:
                still.append(event)
            else:
                say({"event": describe(event.room_id, plain)})
        self.unread = still

    async def keep_keys(self):
        client = self.client
        if client.should_upload_keys:
            await client.keys_upload()
        if client.should_query_keys:
            await client.keys_query()
        if client.should_claim_keys:
            await client.keys_claim(client.get_users_for_key_claiming())
        await client.send_to_device_messages()

    async def until(self, condition, what, limit_s=20):
        async with self.round_ended:
            try:
                await asyncio.wait_for(self.round_ended.wait_for(condition), limit_s)
            except asyncio.TimeoutError:
                raise Refused(f"waited {limit_s} s in vain for {what}") from None

    # -- commands ----------------------------------------------------------

    async def login(self, homeserver, user_id, password, store):
        self.client = AsyncClient(
            homeserver,
            user_id,
            store_path=store,
            config=AsyncClientConfig(
                encryption_enabled=True,
                store_sync_tokens=True,
                max_timeouts=2,
                request_timeout=30,
            ),
        )
        answer = checked(await self.client.login(password, device_name="test person"))
        self.listening = asyncio.create_task(self.listen())
        await self.until(lambda: self.round >= 1, "the first sync")
        return {"user_id": answer.user_id, "device_id": answer.device_id}

    async def sync(self):
        wanted = self.round + 2
        await self.until(lambda: self.round >= wanted, "a sync")
        return {}

    async def create_room(self, name, encrypted=False, invite=(), preset="private_chat"):
        answer = checked(
            await self.client.room_create(
                name=name,
                preset=RoomPreset[preset],
                invite=list(invite),
                initial_state=[ENCRYPTION] if encrypted else [],
            )
        )
        await self.arrive(answer.room_id, encrypted)
        return {"room": answer.room_id}

    async def join(self, room):
        answer = checked(await self.client.join(room))
        state = checked(await self.client.room_get_state(answer.room_id))
        encrypted = any(event["type"] == "m.room.encryption" for event in state.events)
        await self.arrive(answer.room_id, encrypted)
        self.invited.discard(answer.room_id)
        return {"room": answer.room_id}

    async def arrive(self, room_id, encrypted):
        def here():
            room = self.client.rooms.get(room_id)
            return room is not None and (room.encrypted or not encrypted)

        await self.until(here, f"the sync to show {room_id}")

    async def leave(self, room):
        checked(await self.client.room_leave(room))
        return {}

    async def invite(self, room, user_id):
        checked(await self.client.room_invite(room, user_id))
        return {}

    async def send_event(self, room, type, content):
        await self.know_the_audience(room)
        answer = checked(
            await self.client.room_send(room, type, content, ignore_unverified_devices=True)
        )
        return {"event_id": answer.event_id}

    async def know_the_audience(self, room_id):
        """Ask who is in an encrypted room, and with which devices, before each send.

        A sync would say so in its own time; a test that has just added a person
        or a device must be able to rely on it.
        """
        client = self.client
        room = client.rooms.get(room_id)
        if room is None or not room.encrypted:
            return
        members = checked(await client.joined_members(room_id)).members
        client.olm.users_for_key_query.update(member.user_id for member in members)
        await client.keys_query()
        audience = {
            (member.user_id, device.id)
            for member in members
            for device in client.device_store.active_user_devices(member.user_id)
        }
        if self.audience.get(room_id, audience) != audience:
            client.invalidate_outbound_session(room_id)
        self.audience[room_id] = audience

    async def send(
        self,
        room,
        body,
        html=None,
        msgtype="m.text",
        thread_root=None,
        reply_to=None,
        mentions=(),
    ):
        content = text_content(body, html, msgtype, mentions)
        relation = {}
        if thread_root:
            relation = {
                "rel_type": "m.thread",
                "event_id": thread_root,
                "is_falling_back": reply_to is None,
                "m.in_reply_to": {"event_id": reply_to or thread_root},
            }
        elif reply_to:
            relation = {"m.in_reply_to": {"event_id": reply_to}}
        if relation:
            content["m.relates_to"] = relation
        return await self.send_event(room, "m.room.message", content)

    async def edit(self, room, event_id, body, html=None, mentions=()):
        new = text_content(body, html, "m.text", mentions)
        content = text_content(f"* {body}", html and f"* {html}", "m.text", ())
        content["m.new_content"] = new
        content["m.relates_to"] = {"rel_type": "m.replace", "event_id": event_id}
        return await self.send_event(room, "m.room.message", content)

    async def react(self, room, event_id, key):
        # In the clear in encrypted rooms as well, as everyone's clients do. Not through
        # room_send, which would share a message key that no message needs.
        client = self.client
        content = {"m.relates_to": {"rel_type": "m.annotation", "event_id": event_id, "key": key}}
        method, path, data = Api.room_send(
            client.access_token, room, "m.reaction", content, uuid4()
        )
        answer = checked(await client._send(RoomSendResponse, method, path, data, (room,)))
        return {"event_id": answer.event_id}

    async def redact(self, room, event_id, reason=None):
        answer = checked(await self.client.room_redact(room, event_id, reason))
        return {"event_id": answer.event_id}

    async def members(self, room):
        answer = checked(await self.client.joined_members(room))
        return {"members": sorted(member.user_id for member in answer.members)}

    async def room_state(self, room):
        return {"state": checked(await self.client.room_get_state(room)).events}

    async def close(self):
        self.listening.cancel()
        await self.client.close()
        return {}


def text_content(body, html, msgtype, mentions):
    content = {"msgtype": msgtype, "body": body, "m.mentions": {}}
    if html:
        content["format"] = "org.matrix.custom.html"
        content["formatted_body"] = html
    if mentions:
        content["m.mentions"] = {"user_ids": list(mentions)}
    return content


COMMANDS = {
    "login", "sync", "create_room", "join", "leave", "invite", "send", "send_event",
    "edit", "react", "redact", "members", "room_state", "close",
}  # fmt: skip


async def obey(person, line):
    command = json.loads(line)
    number, name = command.pop("id"), command.pop("do")
    try:
        if name not in COMMANDS:
            raise Refused(f"there is no command {name}")
        say({"answer": number, "ok": await getattr(person, name)(**command)})
    except Refused as refusal:
        say({"answer": number, "error": str(refusal)})
    except Exception as error:
        traceback.print_exc()
        say({"answer": number, "error": repr(error)})


async def main():
    person = Person()
    loop = asyncio.get_running_loop()
    stdin = asyncio.StreamReader(limit=2**24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    while line := await stdin.readline():
        # One at a time: a person types one message, then the next.
        await obey(person, line)
    if person.client is not None:
        await person.close()


asyncio.run(main())
