"""Execute: accept, run, report. (Settling is an ordinary stage, `interlock.stages.settle`.)"""
