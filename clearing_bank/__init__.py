"""A simulated clearing bank: it speaks XML of ISO 20022 over two queues, and can be made to fail.

It shares no code with the bank, so that a mistake in one is not repeated in the other. It needs the standard library
and boto3 alone.
"""
