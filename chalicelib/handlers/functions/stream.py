"""The stream of `bank`, as the functions that consume it name it: infra/fragments put the real one in its place."""

STREAM_PLACEHOLDER = "arn:aws:dynamodb:us-east-1:000000000000:table/bank/stream/overridden-by-infra"
