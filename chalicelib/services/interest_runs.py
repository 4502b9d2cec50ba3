"""Monthly runs of interest, as they are asked for and watched."""

from chalicelib import config
from chalicelib.services.interest.run import STEPS
from chalicelib.services.scheduled_runs.runs import Runs

RUNS = Runs(STEPS, config.interest_state_machine_arn)
