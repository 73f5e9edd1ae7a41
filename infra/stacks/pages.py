"""The bucket of pages: what the address itself shows, until there is a web client."""

from __future__ import annotations

from pathlib import Path

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3

from infra.edge import INDEX
from infra.stacks.acknowledging import acknowledge
from infra.stacks.maker import PUT, Maker

PAGE = Path(__file__).parents[2] / "local" / "page.html"


class Pages:
    """`origin` gives what is in the bucket to CloudFront alone."""

    def __init__(self, stack: Stack) -> None:
        self._bucket = s3.Bucket(
            stack,
            "Pages",
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            # What is in it is in the repository, and a bucket is only deleted empty.
            removal_policy=RemovalPolicy.RETAIN,
        )
        acknowledge(self._bucket, {"S1": "It holds pages that anybody may read."})
        self.origin: cloudfront.IOrigin = origins.S3BucketOrigin.with_origin_access_control(
            self._bucket
        )

    @property
    def filling(self) -> dict[str, list[str]]:
        """What a maker has to be granted for `fill`."""
        return {PUT: [self._bucket.arn_for_objects(INDEX)]}

    def fill(self, maker: Maker) -> None:
        """CloudFormation puts no file into a bucket."""
        page = {
            "Bucket": self._bucket.bucket_name,
            "Key": INDEX,
            "Body": PAGE.read_text("utf-8"),
            "ContentType": "text/html; charset=utf-8",
        }
        maker.make("Index", Put=page)
