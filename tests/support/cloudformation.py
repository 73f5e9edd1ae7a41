"""CloudFormation as a custom resource's function sees it: an event, and an address to answer to."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Json = dict[str, Any]


class CloudFormation:
    """`statuses` are what its address answers with, the last one from then on."""

    def __init__(self, *statuses: int) -> None:
        left = list(statuses or (200,))
        self.answers: list[Json] = []
        answers = self.answers

        class Handler(BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                # The address is signed for an answer without a type.
                assert self.headers["Content-Type"] is None
                status = left.pop(0) if len(left) > 1 else left[0]
                if status < 300:
                    answers.append(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing on the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def event(self, kind: str = "Create", **more: Any) -> Json:
        return {
            "RequestType": kind,
            "ResponseURL": f"http://{self.host}/bucket/answer?signature=x",
            "StackId": "arn:aws:cloudformation:us-east-1:1:stack/contrail-main-deploy/1",
            "RequestId": "a-request",
            "ResourceType": "Custom::Prepared",
            "LogicalResourceId": "Prepared",
            "ResourceProperties": {"ServiceToken": "arn", "Task": "prepare", "Code": "1"},
            **more,
        }
