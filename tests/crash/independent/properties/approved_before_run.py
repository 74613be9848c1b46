"""Nothing ran but what was approved: this revision, these parameters, by whoever may."""

from tests.crash.independent.events import Approved, Decision, Key
from tests.crash.independent.finding import Finding
from tests.crash.independent.hashing import params_hash
from tests.crash.independent.world import World, key_of


def approved_before_run(world: World, finding: Finding) -> None:
    gates = {row.key: row for row in world.database.gates}
    for key in _ran(world):
        finding.saw("ran")
        approvals = world.approved_by_key.get(key, ())
        if len(approvals) != 1:
            finding.object(key[0], f"ran on {len(approvals)} approvals")
            continue
        [approval] = approvals
        hashed = params_hash(approval.tool, approval.version, approval.params)
        finding.expect(hashed == approval.params_hash, key[0], "the approved params_hash is wrong")
        version = world.campaign.tools.get(approval.tool, {}).get("version", approval.version)
        finding.expect(version == approval.version, key[0], f"{approval.version} was approved")
        gate = gates.get(key)
        consumed = gate is not None and gate.consumed_at is not None
        finding.expect(consumed, key[0], "ran, and its approval is not consumed")
        asked = None if gate is None else gate.params_hash
        finding.expect(asked == hashed, key[0], "the approval's row names other parameters")
        if approval.state == "approved":
            _a_person_said_so(world, approval, finding)
        else:
            finding.expect(approval.state == "auto_approved", key[0], f"ran as {approval.state}")
    _were_called_as_approved(world, finding)
    _nobody_ran_on_a_refusal(world, finding)


def _ran(world: World) -> set[Key]:
    names = [call.idempotency_key for call in world.campaign.calls or ()]
    return {key_of(n) for n in (*names, *(r.idempotency_key for r in world.database.effect_log))}


def _a_person_said_so(world: World, approval: Approved, finding: Finding) -> None:
    """At least one, and each of the decisions named is on the log and was sent as valid."""
    finding.saw("by people")
    action = approval.key[0]
    finding.expect(bool(approval.decision_ids), action, "approved by a person, by no decision")
    for name in approval.decision_ids:
        found = [d for d in world.decisions if d.decision_id == name]
        if not any(_approves(decision, approval) for decision in found):
            finding.object(action, f"decision {name} is not on the log, or approves something else")
        if world.campaign.decided is not None:
            sent = any(d.decision_id == name and d.valid for d in world.campaign.decided)
            finding.expect(sent, action, f"decision {name} was never sent as a valid one")


def _approves(decision: Decision, approval: Approved) -> bool:
    expected = {
        "decision_id": decision.decision_id,
        "type": "approve",
        "tenant_id": approval.tenant,
        "action_id": approval.key[0],
        "revision": approval.key[1],
        "params_hash": approval.params_hash,
    }
    return expected.items() <= decision.claims.items()


def _were_called_as_approved(world: World, finding: Finding) -> None:
    for call in world.campaign.calls or ():
        finding.saw("calls")
        key = key_of(call.idempotency_key)
        for approval in world.approved_by_key.get(key, ()):
            hashed = params_hash(call.tool, approval.version, call.params)
            finding.expect(
                (hashed, call.tenant) == (approval.params_hash, approval.tenant),
                key[0],
                "called with other parameters, or for another tenant, than approved",
            )


def _nobody_ran_on_a_refusal(world: World, finding: Finding) -> None:
    decided = world.campaign.decided or ()
    granted = {(d.action, d.revision) for d in decided if d.valid and d.kind == "approve"}
    automatic = {a.key for a in world.approved if a.state == "auto_approved"}
    refused = {(d.action, d.revision) for d in decided} - granted - automatic
    finding.saw("refused", len(refused))
    for key in refused & _ran(world):
        finding.object(key[0], "ran, though no valid decision approved it")
