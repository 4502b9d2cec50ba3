"""Monthly runs of interest, as they are asked for and watched."""

from chalicelib import config
from chalicelib.services.interest_run_steps import STEPS
from chalicelib.services.runs import Runs

RUNS = Runs(STEPS, config.interest_state_machine_arn)
