"""The fault campaign: the whole product under load while everything around it fails.

    python -m tests.crash.campaign --seconds 120 --seed 7

One seed gives one load and one plan of faults (`load`, `plan`). The driver starts a broker, a
database and two instances of every stage, runs both, heals everything, waits until nothing is
left to do (`quiet`), builds the read models afresh (`rebuild`) and lets a checker that shares
no code with the product judge what is in the topics, the database and the plugin's book.
"""
