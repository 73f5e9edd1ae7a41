"""One cold start. Reads a job from stdin, does it, and writes what it took as the last line.

    {"address": …, "database": …}   what every function does without: the libraries, one client
                                    of AWS, and the connection to the database
    {"service": …, "event": …}      the service's handler, called once as Lambda calls it

The clock starts when the interpreter is up and ends with the answer. It runs where nothing but
the function's package and the layer can be imported.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from typing import Any


def baseline(address: str, database: str) -> dict[str, Any]:
    boto3 = importlib.import_module("boto3")
    pymongo = importlib.import_module("pymongo")
    importlib.import_module("pydantic")
    boto3.client("dynamodb", endpoint_url=address)
    pymongo.MongoClient(database).admin.command("ping")
    return {}


def function(service: str, event: dict[str, Any]) -> Any:
    handler = importlib.import_module(f"functions.{service}.handler").handler
    return handler(event, None)


def main() -> None:
    job = json.load(sys.stdin)
    wall, cpu = time.perf_counter(), time.process_time()
    answer = function(**job) if "service" in job else baseline(**job)
    spent = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
    sys.stdout.write("\n" + json.dumps({**spent, "answer": answer}) + "\n")


main()
