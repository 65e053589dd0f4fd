"""The real Python client of Azure Durable Functions, unchanged, against the gateway.

    python conformance.py CASE BINDING

CASE is the name of a function below without its `case_`, BINDING the client's binding as JSON.
Prints one line of JSON: the case, and what failed or null. What is expected is what Azure does
with this client, traps included: it encodes inputs and event data twice, so the server gets,
keeps and shows texts that contain JSON.
"""

import ast
import asyncio
import inspect
import json
import re
import sys
import traceback
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from time import monotonic
from uuid import uuid4

import aiohttp
from azure.durable_functions import DurableOrchestrationClient, EntityId
from azure.durable_functions import OrchestrationRuntimeStatus as Status
from azure.durable_functions.models.DurableOrchestrationStatus import DurableOrchestrationStatus
from azure.functions import HttpRequest

# Of a case; below what the test waits for the program.
CASE_SECONDS = 50
ENDS = {Status.Completed, Status.Failed, Status.Terminated, Status.Canceled}
MADE_UP_ID = re.compile(r"[0-9a-f]{32}")
APPROVED = ["Your project design proposal has been -  Approved!"]
REJECTED = ["Your project design proposal has been -  Rejected!"]
# What an app was asked when it uses its client.
REQUEST = HttpRequest("POST", "https://shop.example/api/orchestrators/OrchFunction", body=b"")

_, CASE, BINDING = sys.argv
URLS = json.loads(BINDING)
client = DurableOrchestrationClient(BINDING, function_invocation_id=str(uuid4()))


def equal(what, actual, expected):
    if actual != expected:
        raise AssertionError(f"{what} is {actual!r}, and should be {expected!r}")


def holds(what, condition):
    if not condition:
        raise AssertionError(f"it does not hold that {what}")


async def refuses(what, call, *parts):
    """The client must raise, with these parts in its message."""
    try:
        result = await call
    except Exception as error:
        missing = [part for part in parts if part not in str(error)]
        if missing:
            raise AssertionError(f"{what} is refused without {missing}: {error!r}") from error
        return
    raise AssertionError(f"{what} is not refused, but gives {result!r}")


async def eventually(what, probe, seconds=15):
    """What `probe` gives as soon as it gives something."""
    end = monotonic() + seconds
    while monotonic() < end:
        value = await probe()
        if value:
            return value
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


async def status_when(instance_id, statuses, **shown):
    """Its status as soon as it is one of these."""

    async def probe():
        status = await client.get_status(instance_id, **shown)
        return status.runtime_status in statuses and status

    return await eventually(f"{instance_id} is one of {statuses}", probe)


async def ended(instance_id, **shown):
    return await status_when(instance_id, ENDS, **shown)


async def done(function="ApprovalTexts", instance_id=None, client_input=None):
    """The id of one that has ended."""
    made = await client.start_new(function, instance_id, client_input)
    await ended(made)
    return made


async def send(method, url, body=None):
    """A request without the client: the code, and the body as JSON."""
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, json=body) as response,
    ):
        return response.status, await response.json(content_type=None)


async def started_plainly(instance_id):
    """
    Starts one that waits an hour for `Approval`, encoding its input once: encoded twice it is none
    for this function, which would wait 20 s only. Gives the answer.
    """
    url = f"{URLS['baseUrl']}/orchestrators/OrchFunction/{instance_id}"
    code, answer = await send("POST", url, {"timeout": "PT1H"})
    equal("the answer to a plain start", code, 202)
    return answer


async def waiting(instance_id=None):
    """The id of one that waits."""
    made = instance_id or new_id()
    await started_plainly(made)
    await status_when(made, {Status.Running})
    return made


async def listed(ids, **filters):
    """Waits until the list is exactly these."""

    async def probe():
        found = await client.get_status_by(**filters)
        return sorted(one.instance_id for one in found) == sorted(ids) and (found or True)

    return await eventually(f"the list of {filters} is {ids}", probe)


def new_id(prefix=""):
    return f"{prefix}{uuid4()}"


def now():
    return datetime.now(UTC)


async def case_start_new():
    made = await client.start_new("ApprovalTexts")
    holds(f"an id is made up of 32 digits: {made}", MADE_UP_ID.fullmatch(made))
    equal("no input", (await client.get_status(made, show_input=True)).input_, None)

    for given in ({"ok": True, "names": ["Ümit", "名"]}, "text", [1, 2.5], 0, False, ""):
        own = new_id()
        equal("its own id", await client.start_new("ApprovalTexts", own, given), own)
        kept = (await client.get_status(own, show_input=True)).input_
        equal("the input, encoded twice", kept, json.dumps(given))

    for awkward in ("ein Fall: 50 ", "ümlaut~_.-", "it's "):
        own = new_id(awkward)
        equal("an awkward id", await client.start_new("ApprovalTexts", own), own)
        equal("its status", (await ended(own)).instance_id, own)

    of_version = await client.start_new("ApprovalTexts", version="1.2 beta")
    equal(
        "the end of one with a version",
        (await ended(of_version)).output,
        (await ended(made)).output,
    )

    # What has ended is replaced.
    equal("the id again", await client.start_new("ApprovalTexts", made, 2), made)
    equal("its new input", (await ended(made, show_input=True)).input_, "2")


async def case_start_new_refused():
    await refuses("an unknown function", client.start_new("Nobody"), "'Nobody' doesn't exist")
    for wrong in ("@me", "x" * 257):
        await refuses(
            f"the id {wrong}", client.start_new("ApprovalTexts", wrong), "Instance IDs must not"
        )
    taken = await waiting()
    # The client shows the whole body of a 500.
    await refuses(
        "an id in use",
        client.start_new("OrchFunction", taken),
        "An Orchestration instance with the status Running already exists.",
        "Message",
        "ExceptionMessage",
        "ExceptionType",
        "StackTrace",
    )
    equal("the one before", (await client.get_status(taken)).runtime_status, Status.Running)
    await client.terminate(taken, "cleaned up")


async def case_links():
    instance_id = new_id()
    told = await started_plainly(instance_id)
    links = client.create_http_management_payload(instance_id)
    equal("without a request", client.get_client_response_links(None, instance_id), links)
    # The server itself tells no address for rewinding.
    own = {
        key: url.replace("code=none", "code=")
        for key, url in links.items()
        if key != "rewindPostUri"
    }
    equal("what the client makes of its binding", own, told)

    origin = URLS["baseUrl"].split("/runtime")[0]
    outside = {key: url.replace(origin, "https://shop.example") for key, url in links.items()}
    equal("for a request", client.get_client_response_links(REQUEST, instance_id), outside)
    response = client.create_check_status_response(REQUEST, instance_id)
    equal("its code", response.status_code, 202)
    equal("its body", json.loads(response.get_body()), outside)
    equal("its Location", response.headers["Location"], outside["statusQueryGetUri"])
    equal("its Retry-After", response.headers["Retry-After"], "10")

    # Each address does what it says; those for suspending have a case of their own.
    status = links["statusQueryGetUri"]
    equal("while it runs", (await send("GET", status))[0], 202)
    event = links["sendEventPostUri"].replace("{eventName}", "Approval")
    equal("an event", await send("POST", event, {"approved": False}), (202, None))
    equal("its output", (await ended(instance_id)).output, REJECTED)
    equal("when it has ended", (await send("GET", status))[0], 200)
    rewind = links["rewindPostUri"].replace("{text}", "mended it")
    equal("a rewind of what has not failed", await send("POST", rewind), (410, None))
    code, again = await send("POST", links["restartPostUri"])
    equal("a restart", code, 202)
    terminate = client.create_http_management_payload(again["id"])["terminatePostUri"]
    equal("an end", await send("POST", terminate.replace("{text}", "enough")), (202, None))
    equal("its reason", (await ended(again["id"])).output, "enough")
    equal(
        "a purge",
        await send("DELETE", links["purgeHistoryDeleteUri"]),
        (200, {"instancesDeleted": 1}),
    )
    equal("afterwards", await send("GET", status), (404, None))


async def case_raise_event():
    given = [{"by": "Ümit", "approved": True}, "text", 7, False, None]
    instance_id = await waiting()
    for data in given:
        equal("an event", await client.raise_event(instance_id, "Other", data), None)
    equal("one without data", await client.raise_event(instance_id, "Other"), None)
    hub = URLS["taskHubName"]
    await client.raise_event(
        instance_id, "Approval", True, task_hub_name=hub, connection_name="Storage"
    )
    status = await ended(instance_id, show_history=True, show_input=True)
    equal("its output", status.output, APPROVED)
    raised = [one for one in status.historyEvents if one["EventType"] == "EventRaised"]
    equal("the names", [one["Name"] for one in raised], ["Other"] * 6 + ["Approval"])
    equal(
        "the data, encoded twice",
        [one["Input"] for one in raised],
        [json.dumps(one) for one in [*given, None, True]],
    )

    gone = f"Instance with ID {instance_id} is gone: either completed or failed"
    await refuses("an event after the end", client.raise_event(instance_id, "Approval", True), gone)
    nobody = new_id()
    await refuses(
        "one for nobody", client.raise_event(nobody, "Any"), f"No instance with ID {nobody} found."
    )
    await refuses("one without a name", client.raise_event(nobody, ""), "event_name must be")

    pending = await client.start_new("Nowhere")
    equal("one before it has begun", await client.raise_event(pending, "Any", 1), None)
    # Whatever a 400 is for, this is what the client makes of it.
    reserved = client.raise_event(pending, "__temporal_any", 1)
    await refuses("a name that Temporal has for itself", reserved, "Only application/json")
    await client.terminate(pending, "cleaned up")


async def case_get_status():
    nobody = await client.get_status(new_id())
    holds("nobody's status is false", isinstance(nobody, DurableOrchestrationStatus) and not nobody)

    before = now().replace(microsecond=0)
    instance_id = await client.start_new("OrchFunction", client_input={"a": 1})
    running = await status_when(instance_id, {Status.Running})
    holds("it is something", bool(running))
    equal("its name", running.name, "OrchFunction")
    equal("its id", running.instance_id, instance_id)
    # Not to show it, the client says nothing; and the server then shows it.
    equal("its input", running.input_, '{"a": 1}')
    equal("its output", running.output, None)
    equal("its history", (running.history, hasattr(running, "historyEvents")), (None, False))
    holds("it was created just now, in UTC", before <= running.created_time <= now())
    holds("it was updated since", running.created_time <= running.last_updated_time <= now())

    await client.raise_event(instance_id, "Approval", True)
    completed = await ended(instance_id)
    equal("its end", (completed.runtime_status, completed.output), (Status.Completed, APPROVED))
    equal("its creation", completed.created_time, running.created_time)
    equal("as JSON", completed.to_json()["runtimeStatus"], "Completed")

    plain = (await client.get_status(instance_id, show_history=True)).historyEvents
    whole = await client.get_status(
        instance_id, show_history=True, show_history_output=True, show_input=True
    )
    equal("the history under its other name", whole.history, whole.historyEvents)
    for history in (plain, whole.historyEvents):
        first, *_, last = history
        equal(
            "how it begins",
            (first["EventType"], first["FunctionName"]),
            ("ExecutionStarted", "OrchFunction"),
        )
        equal("with which input", first["Input"], '{"a": 1}')
        equal(
            "how it ends",
            (last["EventType"], last["OrchestrationStatus"]),
            ("ExecutionCompleted", "Completed"),
        )
        types = {one["EventType"] for one in history}
        holds(f"there is an event and a task in {types}", {"EventRaised", "TaskCompleted"} <= types)
        holds("all have a time", all(one["Timestamp"].endswith("Z") for one in history))
    holds("no results are told unasked", all("Result" not in one for one in plain))
    equal("its result", whole.historyEvents[-1]["Result"], APPROVED)

    failed = await ended(await client.start_new("StartWorkflow", client_input=7))
    equal("a failure", (failed.runtime_status, type(failed.output)), (Status.Failed, str))
    pending = await client.start_new("Nowhere", client_input=1)
    status = await client.get_status(pending, show_history=True)
    equal("before it has begun", (status.runtime_status, status.history), (Status.Pending, None))
    await client.terminate(pending, "cleaned up")


async def case_get_status_all_and_by():
    prefix = new_id("list-")
    before = now()
    ids = [await done(instance_id=f"{prefix}{n}", client_input=n) for n in range(2)]
    runs = await waiting(f"{prefix}runs")
    everything = [*ids, runs]
    await listed(everything, instance_id_prefix=prefix)
    for statuses, expected in (
        ([Status.Completed], ids),
        ([Status.Running], [runs]),
        ([Status.Completed, Status.Running], everything),
        ([Status.Failed, Status.Pending, Status.Suspended], []),
        ([Status.ContinuedAsNew], []),
    ):
        await listed(expected, instance_id_prefix=prefix, runtime_status=statuses)
    later = now() + timedelta(hours=1)
    await listed(everything, created_time_from=before, created_time_to=later)
    await listed(everything, created_time_from=before)
    await listed([], created_time_from=later)
    await listed([], created_time_to=before, instance_id_prefix=prefix)

    shown = {one.instance_id: one for one in await client.get_status_all()}
    holds(f"all of {everything} are among all", set(everything) <= shown.keys())
    for instance_id in everything:
        row, own = shown[instance_id], await client.get_status(instance_id)
        for name in ("name", "runtime_status", "input_", "output", "custom_status", "created_time"):
            equal(f"{name} in the list", getattr(row, name), getattr(own, name))
    await client.terminate(runs, "cleaned up")


async def case_only_the_first_page():
    prefix = new_id("page-")
    few = asyncio.Semaphore(10)

    async def sparingly(call):
        async with few:
            return await call

    ids = [f"{prefix}-{n}" for n in range(101)]
    await asyncio.gather(*(sparingly(client.start_new("Nowhere", one)) for one in ids))

    async def all_listed():
        url = f"{URLS['rpcBaseUrl']}instances/?instanceIdPrefix={prefix}&top=1000"
        return len((await send("GET", url))[1]) == len(ids)

    await eventually("101 are listed", all_listed, seconds=30)
    # The client follows no continuation tokens.
    equal("what it sees of them", len(await client.get_status_by(instance_id_prefix=prefix)), 100)
    equal("and of all", len(await client.get_status_all()), 100)
    await asyncio.gather(*(sparingly(client.terminate(one, "cleaned up")) for one in ids))


async def case_purge_instance_history():
    instance_id = await done()
    equal("a purge", (await client.purge_instance_history(instance_id)).instances_deleted, 1)
    holds("its status is false at once", not await client.get_status(instance_id))
    equal("a second one", (await client.purge_instance_history(instance_id)).instances_deleted, 0)
    equal("lists", await client.get_status_by(instance_id_prefix=instance_id), [])
    equal("one of nobody", (await client.purge_instance_history(new_id())).instances_deleted, 0)
    runs = await waiting()
    # The client knows this code for unexpected only.
    await refuses(
        "one that runs", client.purge_instance_history(runs), "unexpected status code 412"
    )
    equal("it", (await client.get_status(runs)).runtime_status, Status.Running)
    await client.terminate(runs, "cleaned up")


async def case_purge_instance_history_by():
    purge = client.purge_instance_history_by
    await refuses("a purge of everything", purge(), "created_time_from is required")
    since = now()
    ids = [await done() for _ in range(3)]
    failed = await done("StartWorkflow", client_input=7)
    runs = await waiting()
    await listed([*ids, failed, runs], created_time_from=since)
    old = since - timedelta(days=1)
    equal("before", (await purge(old, old, [Status.Completed])).instances_deleted, 0)
    equal("what runs", (await purge(since, None, [Status.Running])).instances_deleted, 0)
    equal("what has failed", (await purge(since, now(), [Status.Failed])).instances_deleted, 1)
    holds("its status is false", not await client.get_status(failed))
    equal("the rest", (await purge(since)).instances_deleted, len(ids))
    for instance_id in ids:
        holds("its status is false", not await client.get_status(instance_id))
    equal("once more", (await purge(since, runtime_status=[Status.Completed])).instances_deleted, 0)
    equal("what runs still", (await client.get_status(runs)).runtime_status, Status.Running)
    await client.terminate(runs, "cleaned up")


async def case_terminate():
    instance_id = await waiting()
    reason = "not & any more: 100 % + half / nothing? ü#"
    equal("an end", await client.terminate(instance_id, reason), None)
    status = await ended(instance_id)
    equal("it", (status.runtime_status, status.output), (Status.Terminated, reason))
    equal("a second one, silently", await client.terminate(instance_id, "again"), None)
    equal("its reason", (await client.get_status(instance_id)).output, reason)
    nobody = new_id()
    await refuses(
        "nobody's", client.terminate(nobody, "x"), f"No instance with ID '{nobody}' found."
    )


async def case_wait_for_completion():
    wait = client.wait_for_completion_or_create_check_status_response

    async def waited(instance_id, milliseconds=15_000):
        response = await wait(REQUEST, instance_id, milliseconds, 100)
        equal("the type", response.headers["Content-Type"], "application/json")
        return response.status_code, json.loads(response.get_body())

    texts = await client.start_new("ApprovalTexts")
    equal("its output in time", await waited(texts), (200, (await ended(texts)).output))
    code, body = await waited(await client.start_new("StartWorkflow", client_input=7))
    equal("a failure", (code, body["runtimeStatus"]), (500, "Failed"))

    runs = await waiting()
    links = client.get_client_response_links(REQUEST, runs)
    equal("too late", await waited(runs, 300), (202, links))
    await client.terminate(runs, "enough")
    code, body = await waited(runs)
    equal("an end", (code, body["runtimeStatus"], body["output"]), (200, "Terminated", "enough"))

    nobody = new_id()
    equal(
        "nobody is waited for",
        await waited(nobody, 100),
        (202, client.get_client_response_links(REQUEST, nobody)),
    )
    await refuses("more pause than time", wait(REQUEST, texts, 100, 200), "should be bigger than")


async def case_entities():
    """There are none: what the client makes of that."""
    entity = EntityId("Counter", "one")
    state = await client.read_entity_state(entity, task_hub_name=URLS["taskHubName"])
    equal("its state", (state.entity_exists, state.entity_state), (False, None))
    for data in (None, 5):
        await refuses(
            "a signal", client.signal_entity(entity, "add", data), "unexpected status code 404"
        )


async def case_suspend_and_resume():
    instance_id = await waiting()
    unexpected = "unexpected status code 500"
    await refuses("to resume what is not suspended", client.resume(instance_id, "x"), unexpected)
    equal("a suspension", await client.suspend(instance_id, "short & sweet"), None)
    await status_when(instance_id, {Status.Suspended})
    await refuses("to suspend it twice", client.suspend(instance_id, "x"), unexpected)
    await listed([instance_id], instance_id_prefix=instance_id, runtime_status=[Status.Suspended])
    await listed([], instance_id_prefix=instance_id, runtime_status=[Status.Running])
    wait = client.wait_for_completion_or_create_check_status_response

    # It is kept: half a second is long for a worker that would take it.
    equal("an event meanwhile", await client.raise_event(instance_id, "Approval", True), None)
    equal("a wait for its end", (await wait(REQUEST, instance_id, 500, 100)).status_code, 202)
    equal("it", (await client.get_status(instance_id)).runtime_status, Status.Suspended)
    equal("to go on", await client.resume(instance_id, "go on"), None)
    status = await ended(instance_id, show_history=True)
    equal("its output", status.output, APPROVED)
    told = [(one["EventType"], one["Reason"]) for one in status.historyEvents if "Reason" in one]
    equal(
        "the history",
        told,
        [("ExecutionSuspended", "short & sweet"), ("ExecutionResumed", "go on")],
    )

    # Silent after the end, as the client knows it.
    equal("after the end", await client.suspend(instance_id, "x"), None)
    equal("after the end", await client.resume(instance_id, "x"), None)
    nobody = new_id()
    await refuses("nobody's", client.suspend(nobody, "x"), f"No instance with ID '{nobody}' found.")
    await refuses("nobody's", client.resume(nobody, "x"), f"No instance with ID '{nobody}' found.")

    by_links = await waiting()
    links = client.create_http_management_payload(by_links)
    for address, status in (
        ("suspendPostUri", Status.Suspended),
        ("resumePostUri", Status.Running),
    ):
        url = links[address].replace("{text}", "why")
        equal(f"a POST to {address}", await send("POST", url), (202, None))
        await status_when(by_links, {status})
    await client.suspend(by_links, "again")
    await status_when(by_links, {Status.Suspended})
    await client.terminate(by_links, "cleaned up")
    equal("the end of a suspended one", (await ended(by_links)).runtime_status, Status.Terminated)


async def case_rewind():
    instance_id = await done("StartWorkflow", client_input=7)
    failed = await client.get_status(instance_id)
    equal("it", failed.runtime_status, Status.Failed)

    # Times have no fractions: another second makes the second end tell itself from the first.
    async def later():
        return now() > failed.last_updated_time + timedelta(seconds=1)

    await eventually("a second has passed", later)
    hub = URLS["taskHubName"]
    equal("a rewind", await client.rewind(instance_id, "mended it", hub, "Storage"), None)

    async def again():
        status = await client.get_status(instance_id)
        return (
            status.runtime_status in ENDS
            and status.last_updated_time > failed.last_updated_time
            and status
        )

    # For the same reason.
    status = await eventually("it has run again", again)
    for name in ("runtime_status", "output", "name", "input_", "created_time"):
        equal(f"{name} afterwards", getattr(status, name), getattr(failed, name))

    nobody = new_id()
    await refuses("nobody's", client.rewind(nobody, "x"), f"No instance with ID {nobody} found.")
    only_failed = "only supported on failed orchestration instances"
    await refuses("what has completed", client.rewind(await done(), "x"), only_failed)
    runs = await waiting()
    await refuses(
        "what runs", client.rewind(runs, "x"), "unexpected payload", "500", "ExceptionMessage"
    )
    await client.terminate(runs, "cleaned up")
    await ended(runs)
    await refuses("what was terminated", client.rewind(runs, "x"), only_failed)


async def case_restart():
    instance_id = await done(client_input={"n": 7})
    # The client says that it gives the id, and gives the whole answer.
    answer = await client.restart(instance_id)
    equal("the answer", answer.keys() >= {"id", "statusQueryGetUri", "terminatePostUri"}, True)
    holds(f"another id is made up: {answer['id']}", MADE_UP_ID.fullmatch(answer["id"]))
    other = await ended(answer["id"], show_input=True)
    equal("the other", (other.name, other.input_), ("ApprovalTexts", '{"n": 7}'))

    answer = await client.restart(instance_id, restart_with_new_instance_id=False)
    equal("its own id", answer["id"], instance_id)
    same = await ended(instance_id, show_input=True)
    equal(
        "itself", (same.name, same.input_, same.output), ("ApprovalTexts", '{"n": 7}', other.output)
    )

    runs = await waiting()
    live = client.restart(runs, restart_with_new_instance_id=False)
    await refuses("under the id of one that runs", live, "unexpected status code 500")
    await refuses("nobody's", client.restart(new_id()), "unexpected status code 400")
    await client.terminate(runs, "cleaned up")


async def case_every_method_is_tried():
    """What the client can do is called somewhere above, also when a later one can do more."""
    equal("the client", version("azure-functions-durable"), "1.7.0")
    methods = {
        name
        for name, _ in inspect.getmembers(DurableOrchestrationClient, inspect.isfunction)
        if not name.startswith("_")
    }
    with open(__file__, encoding="utf-8") as program:
        names = {
            one.attr
            for one in ast.walk(ast.parse(program.read()))
            if isinstance(one, ast.Attribute)
        }
    holds("it has methods", "start_new" in methods)
    equal("what is not tried", sorted(methods - names), [])


async def main():
    failure = None
    try:
        async with asyncio.timeout(CASE_SECONDS):
            await globals()[f"case_{CASE}"]()
    except Exception:
        failure = traceback.format_exc()
    print(json.dumps({"case": CASE, "failure": failure}))
    return 0 if failure is None else 1


sys.exit(asyncio.run(main()))
