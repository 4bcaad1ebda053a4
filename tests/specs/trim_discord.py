#!/usr/bin/env python3
"""Makes tests/specs/discord.json anew from Discord's own description of its API.

    python3 tests/specs/trim_discord.py openapi.json > tests/specs/discord.json

`openapi.json` is from https://github.com/discord/discord-api-spec, where Discord publishes it under
the MIT licence, and describes version 10 of the API. What is kept are the operations that the
tests' Discord serves, with their JSON bodies, the answers that say yes, and the schemas which those
reach; nothing in what is kept is changed. To serve another operation, add it here and in
tests/src/harness/discord/routes.rs.
"""

import json
import sys

OPERATIONS = """
GET /applications/@me
GET /applications/{application_id}/commands
PUT /applications/{application_id}/commands
GET /applications/{application_id}/guilds/{guild_id}/commands
PUT /applications/{application_id}/guilds/{guild_id}/commands
GET /channels/{channel_id}
GET /channels/{channel_id}/messages
POST /channels/{channel_id}/messages
GET /channels/{channel_id}/messages/{message_id}
PATCH /channels/{channel_id}/messages/{message_id}
DELETE /channels/{channel_id}/messages/{message_id}
POST /channels/{channel_id}/messages/{message_id}/threads
POST /channels/{channel_id}/threads
GET /gateway
GET /gateway/bot
GET /guilds/{guild_id}
GET /guilds/{guild_id}/channels
GET /guilds/{guild_id}/members
GET /guilds/{guild_id}/members/{user_id}
GET /guilds/{guild_id}/roles
GET /guilds/{guild_id}/threads/active
POST /interactions/{interaction_id}/{interaction_token}/callback
GET /oauth2/applications/@me
GET /users/@me
POST /users/@me/channels
GET /users/@me/guilds
GET /users/{user_id}
POST /webhooks/{webhook_id}/{webhook_token}
GET /webhooks/{webhook_id}/{webhook_token}/messages/@original
PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original
DELETE /webhooks/{webhook_id}/{webhook_token}/messages/@original
GET /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}
PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}
DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}
"""

ABOUT = (
    "A part of Discord's own OpenAPI description of version 10 of its API "
    "(https://github.com/discord/discord-api-spec), copyright Discord, under the MIT licence as the "
    "licence entry says. "
    "tests/specs/trim_discord.py cut it down to what the tests' Discord serves."
)


def json_only(holder):
    """The part of a body or an answer that is JSON."""
    content = holder.get("content", {})
    return {"content": {k: v for k, v in content.items() if k == "application/json"}}


def operation(full):
    kept = {k: v for k, v in full.items() if k in ("operationId", "parameters", "security")}
    if "requestBody" in full:
        kept["requestBody"] = json_only(full["requestBody"])
        kept["requestBody"]["required"] = full["requestBody"].get("required", False)
    answers = {k: v for k, v in full["responses"].items() if k.startswith("2")}
    kept["responses"] = {k: json_only(v) for k, v in answers.items()}
    return kept


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        full = json.load(file)
    paths = {}
    for line in OPERATIONS.split("\n"):
        if line:
            method, path = line.split(" ")
            place = full["paths"][path]
            kept = paths.setdefault(path, {})
            if "parameters" in place:
                kept["parameters"] = place["parameters"]
            kept[method.lower()] = operation(place[method.lower()])

    schemas = {}
    reached = [paths]
    while reached:
        here = reached.pop()
        if isinstance(here, dict):
            name = here.get("$ref", "").removeprefix("#/components/schemas/")
            if name and name not in schemas:
                schemas[name] = full["components"]["schemas"][name]
                reached.append(schemas[name])
            reached.extend(here.values())
        elif isinstance(here, list):
            reached.extend(here)

    # A line for each path and each schema: short, and yet a difference can be read.
    def lines(entries):
        each = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(entries.items()))
        return "{\n" + ",\n".join(each) + "\n}"

    info = {**full["info"], "x-about": ABOUT}
    print("{")
    print(f'"openapi": {json.dumps(full["openapi"])},')
    print(f'"info": {json.dumps(info)},')
    print(f'"servers": {json.dumps(full["servers"])},')
    print(f'"paths": {lines(paths)},')
    print(f'"components": {{"schemas": {lines(schemas)}}}')
    print("}")


main()
