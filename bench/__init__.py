"""What an operation costs: CPU, calls to AWS, DynamoDB's units, start-up, and money. `python -m bench` measures it."""
