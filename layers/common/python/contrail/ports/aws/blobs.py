"""The blobs port on S3, and on whatever speaks its protocol under another address.

Asking for what is missing is answered 404 only where the role may list the bucket, else 403.
A bucket that is missing raises, but not from `head`, whose answers have no body to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from contrail.ports.aws.table import Client
from contrail.ports.blobs import (
    LARGEST,
    LONGEST,
    SMALL,
    AnyKey,
    Blob,
    Key,
    NotDeletedError,
    Upload,
)
from contrail.ports.bounds import within

MISSING = ("404", "NoSuchKey", "PreconditionFailed")
DELETED_AT_ONCE = 1000
METADATA_BYTES = 2048
READ_TIMEOUT = 20
"""Seconds without a byte: a copy within the bucket is silent until it is done."""
_VALUE = re.compile(r"[!-~]([ -~]{0,1022}[!-~])?")
_NAME = re.compile(r"[a-z0-9-]{1,64}")
_NEVER_SIGNED = "application/x-www-form-urlencoded; charset=utf-8"
"""What botocore leaves out of a signature, taking it for a default of some HTTP library's."""


def client_options(*, own_address: bool) -> dict[str, Any]:
    """For botocore's Config. With an address of its own the bucket is a part of the path.

    Otherwise it is a part of the region's host name: the global one redirects, and a redirected
    signature is wrong. Checksums that the caller didn't ask for would have to be sent by clients.
    """
    return {
        "signature_version": "s3v4",
        "read_timeout": READ_TIMEOUT,
        "request_checksum_calculation": "when_required",
        "response_checksum_validation": "when_required",
        "s3": {
            "addressing_style": "path" if own_address else "virtual",
            "us_east_1_regional_endpoint": "regional",
        },
    }


class S3Blobs:
    """`client` is made with `client_options`. Signing an address makes no call."""

    def __init__(self, client: Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def upload_url(
        self,
        key: Key,
        *,
        content_type: str,
        size: int,
        expires: int,
        disposition: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> Upload:
        within("a blob", size, LARGEST)
        stored = _stored(content_type, disposition)
        own = _metadata(metadata or {})
        more = {"ContentLength": size, "Metadata": own, **stored}
        headers = {"Content-Type": content_type}
        if disposition:
            headers["Content-Disposition"] = disposition
        headers |= {f"x-amz-meta-{name}": value for name, value in own.items()}
        return Upload(self._signed("put_object", key, expires, more), headers)

    def download_url(
        self,
        key: AnyKey,
        *,
        expires: int,
        content_type: str = "",
        disposition: str = "",
        head: bool = False,
    ) -> str:
        more = {"ResponseContentType": content_type, "ResponseContentDisposition": disposition}
        given = {name: _value(value) for name, value in more.items() if value}
        return self._signed("head_object" if head else "get_object", key, expires, given)

    def head(self, key: AnyKey) -> Blob | None:
        answer = self._ask("head_object", key)
        return _blob(answer) if answer else None

    def put(self, key: Key, body: bytes, *, content_type: str, disposition: str = "") -> None:
        within("a blob", len(body), SMALL)
        stored = _stored(content_type, disposition)
        self._client().put_object(Bucket=self._bucket, Key=str(key), Body=body, **stored)

    def put_parts(
        self, key: Key, parts: Iterable[bytes], *, content_type: str, disposition: str = ""
    ) -> None:
        client, place = self._client(), {"Bucket": self._bucket, "Key": str(key)}
        begun = client.create_multipart_upload(**place, **_stored(content_type, disposition))
        upload, done = {**place, "UploadId": begun["UploadId"]}, []
        # What is not completed is deleted by the bucket itself, a day later.
        for number, body in enumerate(parts, 1):
            answer = client.upload_part(**upload, PartNumber=number, Body=body)
            done.append({"PartNumber": number, "ETag": answer["ETag"]})
        client.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})

    def get(self, key: AnyKey, *, most: int = SMALL) -> tuple[Blob, bytes] | None:
        answer = self._ask("get_object", key)
        if not answer:
            return None
        # Closed unread, the connection is given up: nothing more of the blob is transferred.
        with answer["Body"] as body:
            blob = _blob(answer)
            within("a blob", blob.size, most)
            return blob, bytes(body.read())

    def copy(self, source: Key, target: Key, *, etag: str = "") -> bool:
        place = {"Bucket": self._bucket, "Key": str(source)}
        only = {"CopySourceIfMatch": etag} if etag else {}
        return self._ask("copy_object", target, CopySource=place, **only) is not None

    def delete(self, key: AnyKey) -> None:
        self._client().delete_object(Bucket=self._bucket, Key=str(key))

    def delete_many(self, keys: Iterable[AnyKey]) -> None:
        left = [str(key) for key in dict.fromkeys(keys)]
        failed: dict[str, str] = {}
        while left:
            part, left = left[:DELETED_AT_ONCE], left[DELETED_AT_ONCE:]
            answer = self._client().delete_objects(
                Bucket=self._bucket,
                Delete={"Objects": [{"Key": key} for key in part], "Quiet": True},
            )
            failed |= {one["Key"]: str(one.get("Code")) for one in answer.get("Errors", ())}
        if failed:
            raise NotDeletedError(failed)

    def _signed(self, operation: str, key: AnyKey, expires: int, more: Mapping[str, Any]) -> str:
        if not 1 <= expires <= LONGEST:
            raise ValueError(f"an address holds for 1 to {LONGEST} seconds")
        url: str = self._client().generate_presigned_url(
            operation,
            Params={"Bucket": self._bucket, "Key": str(key), **more},
            ExpiresIn=expires,
        )
        return url

    def _ask(self, operation: str, key: AnyKey, **more: Any) -> dict[str, Any] | None:
        client = self._client()
        try:
            answer: dict[str, Any] = getattr(client, operation)(
                Bucket=self._bucket, Key=str(key), **more
            )
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return None
            raise
        return answer


def _blob(answer: Mapping[str, Any]) -> Blob:
    return Blob(answer["ContentLength"], answer["ContentType"], answer["ETag"])


def _stored(content_type: str, disposition: str) -> dict[str, str]:
    """What is kept beside a blob's bytes and comes back with them."""
    if content_type == _NEVER_SIGNED:
        raise ValueError("a form is no media type of a file")
    stored = {"ContentType": _value(content_type)}
    return {**stored, "ContentDisposition": _value(disposition)} if disposition else stored


def _metadata(given: Mapping[str, str]) -> dict[str, str]:
    own = {name: _value(value) for name, value in given.items()}
    size = sum(len(name) + len(value) for name, value in own.items())
    if size > METADATA_BYTES or not all(map(_NAME.fullmatch, own)):
        raise ValueError("names of metadata are short and plain, and all of it is within 2 KB")
    return own


def _value(text: str) -> str:
    if not _VALUE.fullmatch(text):
        raise ValueError("the value of a header is up to 1 KB of printable ASCII")
    return text
