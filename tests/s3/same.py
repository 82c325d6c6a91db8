"""What a restored installation has in its bucket: the same as the one that was backed up."""

import os
import sys

import boto3

work, backup = sys.argv[1:]
s3 = boto3.resource("s3")
content = lambda bucket: {item.key: item.get()["Body"].read() for item in s3.Bucket(bucket).objects.all()}
kept = content("petitions")
if backup == "whole":
    restored = content("elsewhere")
    # What nobody attached is not taken.
    assert restored and restored.items() <= kept.items(), (restored.keys(), kept.keys())
print(f"{backup}: {len(kept)} files in the bucket, {os.environ['PAKN_OBJECT_STORE']} has what the backup had")
