"""Forms and pictures that are nearly right; `make fuzz` goes on with it."""

from __future__ import annotations

from itertools import islice
from random import Random, randrange

from tests.support.workspace import Workspace
from tests.upload.fuzz import attempts, strays


def test_no_form_breaks_an_upload_and_none_leaves_a_file_behind(workspace: Workspace) -> None:
    seed, rid = randrange(2**32), workspace.channel(workspace.admin)["_id"]
    before = strays(workspace)
    answers = list(islice(attempts(Random(seed), workspace.admin, rid), 80))
    assert max(answers) < 500, f"seed {seed}"
    assert 200 in answers
    workspace.settle()
    assert strays(workspace) == before, f"seed {seed}"
