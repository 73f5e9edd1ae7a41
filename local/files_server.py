"""The program that `local.files` runs. It imports nothing of ours."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

BUCKET = "contrail-files"
CREDENTIALS = "FILES_CREDENTIALS"
"""The variable with key ids and keys, as a JSON object: command lines are seen by everyone."""


def main() -> None:
    """Takes a second to import, and never imported by who only wants the names above."""
    import orjson  # noqa: PLC0415
    import uvicorn  # noqa: PLC0415
    from nanio.app import build_app  # noqa: PLC0415
    from nanio.auth.credentials import StaticCredentialResolver  # noqa: PLC0415
    from nanio.config import Settings  # noqa: PLC0415
    from starlette.middleware.cors import CORSMiddleware  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="files_server.py")
    parser.add_argument("--netloc", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    given = parser.parse_args()
    host, _, port = given.netloc.rpartition(":")
    credentials = StaticCredentialResolver(orjson.loads(os.environ.pop(CREDENTIALS)))
    app = build_app(Settings(data_dir=given.folder, credentials=credentials))
    if not (given.folder / BUCKET).is_dir():
        app.state.storage.create_bucket(BUCKET)
    # What the bucket of the stacks says.
    allowed = CORSMiddleware(
        app,
        allow_origins=["*"],
        allow_methods=["PUT", "GET", "HEAD"],
        allow_headers=["*"],
        expose_headers=["ETag"],
        max_age=3600,
    )
    uvicorn.run(allowed, host=host, port=int(port), log_level="warning", ws="none", lifespan="off")


if __name__ == "__main__":
    main()
