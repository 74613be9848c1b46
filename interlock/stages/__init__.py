"""The five stages: each joins a pure core with the working rows it decides on."""

from interlock.stages.approve import ApproveStage
from interlock.stages.assess import AssessStage
from interlock.stages.draft import DraftStage
from interlock.stages.observe import ObserveStage
from interlock.stages.settle import SettleStage

__all__ = ["ApproveStage", "AssessStage", "DraftStage", "ObserveStage", "SettleStage"]
