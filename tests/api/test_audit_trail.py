"""scratch"""
import boto3
import pytest
from chalicelib.services import audit_trail
from tests.api.bank import Api, User

@pytest.fixture
def pump(bank):
    db = boto3.client("dynamodb"); 
    db.update_table(TableName="florin-local-bank", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    streams = boto3.client("dynamodbstreams")
    arn = db.describe_table(TableName="florin-local-bank")["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    it = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    state = {"it": it}
    def pump():
        answer = streams.get_records(ShardIterator=state["it"])
        state["it"] = answer["NextShardIterator"]
        print(len(answer["Records"]), answer["Records"][:1])
        return answer["Records"]
    return pump

def test_x(client: Api, pump, admin) -> None:
    print(pump())
    assert 0
