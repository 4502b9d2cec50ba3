"""The placeholder for the stream of `bank` in the consumers; infra/fragments replaces it."""

STREAM_PLACEHOLDER = "arn:aws:dynamodb:us-east-1:000000000000:table/bank/stream/overridden-by-infra"
