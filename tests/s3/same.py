"""That the bucket which a backup was restored into has the same as the one that was backed up."""

import boto3

s3 = boto3.resource("s3")
kept, restored = (
    {item.key: item.get()["Body"].read() for item in s3.Bucket(bucket).objects.all()} for bucket in ("petitions", "elsewhere")
)
# What nobody attached is not taken.
assert restored and restored.items() <= kept.items(), (restored.keys(), kept.keys())
print(f"of {len(kept)} files in the bucket {len(restored)} were restored, the same")
