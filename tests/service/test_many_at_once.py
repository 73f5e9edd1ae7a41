"""Many at once: every listener gets every message once, in order; nobody gets another's data."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from contrail.shapes.ids import random_id
from tests.support.ddp import Ddp
from tests.support.workspace import Person, Workspace

SUBSCRIBERS, SENDERS, MESSAGES = 100, 8, 200


async def _subscriber(workspace: Workspace, person: Person, rid: str) -> Ddp:
    client = await Ddp(workspace.ws_url).__aenter__()
    await client.connect()
    await client.resume(person.token)
    assert (await client.sub("stream-room-messages", rid, False))["msg"] == "ready"
    return client


async def test_a_hundred_subscribers_get_two_hundred_messages_once_and_in_order(
    workspace: Workspace,
) -> None:
    people = [workspace.person() for _ in range(SENDERS)]
    rid = workspace.channel(people[0], *people[1:])["_id"]
    who = [people[n % SENDERS] for n in range(SUBSCRIBERS)]
    clients = await asyncio.gather(*(_subscriber(workspace, person, rid) for person in who))

    def send(sender: int) -> None:
        for number in range(MESSAGES // SENDERS):
            message = {"rid": rid, "msg": f"{sender}/{number}"}
            people[sender].ok("POST", "v1/chat.sendMessage", {"message": message})

    with ThreadPoolExecutor(SENDERS) as pool:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(pool, send, n) for n in range(SENDERS)))
    stored = workspace.database["rocketchat_message"].find({"rid": rid}).sort("ts", 1)
    order = [row["_id"] for row in stored]
    assert len(order) == MESSAGES
    for client in clients:
        await client.until_events("stream-room-messages", rid, MESSAGES)
    workspace.settle()
    for client in clients:
        got = [args[0]["_id"] for args in client.events("stream-room-messages", rid)]
        assert got == order
    await asyncio.gather(*(client.__aexit__() for client in clients))
    room = workspace.database["rocketchat_room"].find_one({"_id": rid}) or {}
    assert room["msgs"] == MESSAGES
    assert room["lastMessage"]["_id"] == order[-1]
    assert room["_contrail"]["sending"] == []


def test_fifty_threads_and_two_users_never_get_each_others_answers(workspace: Workspace) -> None:
    people = [workspace.person(), workspace.person()]
    rooms = [workspace.channel(person) for person in people]
    secrets = [random_id(), random_id()]

    def work(number: int) -> None:
        me, other = number % 2, 1 - number % 2
        person, room = people[me], rooms[me]
        message = {"rid": room["_id"], "msg": secrets[me]}
        call = '{"msg":"method","id":"1","method":"subscriptions/get","params":[]}'
        answers = [
            person.get("v1/me"),
            person.get("v1/users.info", userId=person.id),
            person.get("v1/rooms.get"),
            person.get("v1/subscriptions.get"),
            person.get("v1/channels.messages", roomId=room["_id"]),
            person.get("v1/channels.history", roomId=room["_id"]),
            person.post("v1/chat.sendMessage", {"message": message}),
            person.post("v1/subscriptions.read", {"rid": room["_id"]}),
            person.post("v1/method.call/subscriptions:get", {"message": call}),
            person.get("v1/channels.info", roomId=room["_id"]),
            person.get("v1/permissions.listAll"),
            workspace.http("GET", "v1/settings.public", params={"_id": "Site_Name"}),
        ]
        for answer in answers:
            assert answer.status_code == 200, answer.text
            assert people[other].id not in answer.text
            assert people[other].username not in answer.text
            assert secrets[other] not in answer.text
        assert answers[0].json()["_id"] == person.id
        assert answers[6].json()["message"]["u"]["_id"] == person.id
        refused = person.get("v1/channels.messages", roomId="no-such-room")
        assert refused.status_code == 400
        stranger = workspace.http("GET", "v1/me", headers={"X-User-Id": person.id})
        assert stranger.status_code == 401

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(work, range(50)))
