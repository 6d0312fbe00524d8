"""The states of one task, whatever it does."""

from __future__ import annotations

from dataclasses import dataclass

from asl_export.asl import states as asl
from asl_export.asl.lower.batch_maps import BatchMaps
from asl_export.asl.lower.resolve import Resolver
from asl_export.asl.lower.retriers import retriers
from asl_export.asl.lower.scopes import Scope
from asl_export.asl.lower.variables import JOB, RESULT, Fact
from asl_export.asl.lower.ways import Ways
from asl_export.asl.names import Names
from asl_export.asl.spoken import Spoken
from asl_export.ir.blocks import WorkNode
from asl_export.ir.graph import BatchMapNode, CallNode, ChoiceNode, JobNode, PollNode, WaitNode
from asl_export.ir.job_fields import JOB_FIELDS
from asl_export.ir.s3 import s3_place
from asl_export.ir.values import Call, Document, Function, Kind, Reference, Root

SUBMIT_JOB = "arn:aws:states:::batch:submitJob"
GET_OBJECT = "arn:aws:states:::aws-sdk:s3:getObject"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStates:
    """Makes the states of tasks; `items_inside` is the dialect's.

    `spoken` collects what is written, `owners` the task that each state is of, by the state's name.
    """

    names: Names
    resolver: Resolver
    spoken: list[Spoken]
    items_inside: bool
    owners: dict[str, str]

    def of(self, node: WorkNode, name: str, scope: Scope, ways: Ways) -> list[asl.State]:
        """The states of a task: one is called `name`, and the first is where it begins."""
        states = self.made(node, name, scope, ways)
        self.owners.update((state.name, node.id) for state in states)
        return states

    def made(self, node: WorkNode, name: str, scope: Scope, ways: Ways) -> list[asl.State]:
        """The states of a task, whichever it is."""
        match node:
            case JobNode():
                return self.job(node, name, scope, ways)
            case BatchMapNode():
                maps = BatchMaps(
                    names=self.names,
                    resolver=self.resolver,
                    spoken=self.spoken,
                    items_inside=self.items_inside,
                    job=self.job,
                )
                return maps.states(node, name, scope, ways)
            case CallNode():
                return [self.call(node, name, scope, ways)]
            case WaitNode():
                return [self.wait(node, name, scope, ways)]
            case PollNode():
                return self.poll(node, name, scope, ways)
            case ChoiceNode():
                return [self.choice(node, name, scope, ways)]

    def job(self, node: JobNode, name: str, scope: Scope, ways: Ways) -> list[asl.State]:
        """A Batch job and, where its result is a document, the state that reads it."""
        request = {field: self.resolver.document(value, scope) for field, value in node.request.items()}
        self.spoken.extend(Spoken.field(node, field, value) for field, value in request.items())
        if node.submitted:
            return [self.result(node, name, scope, ways)]
        names = [name] if node.result is None else [name, self.names.claim(name, word="result")]
        facts = dict(self.resolver.plan.variables.held(node.id, scope))
        kept = {variable: _described(fact) for fact, variable in facts.items() if fact.kind == JOB}
        self.spoken.extend(Spoken(location=node.location, document={variable: said}) for variable, said in kept.items())
        submit = asl.Task(
            name=name,
            resource=f"{SUBMIT_JOB}.sync" if node.wait else SUBMIT_JOB,
            arguments=request,
            assign=kept,
            retriers=retriers(node.retry),
            timeout=node.timeout,
            catch=(asl.Catch(next=ways.failure),),
            comment=node.comment,
            next=ways.success if node.result is None else names[1],
        )
        return [submit] if node.result is None else [submit, self.result(node, names[1], scope, ways)]

    def result(self, node: JobNode, name: str, scope: Scope, ways: Ways) -> asl.Task:
        """What reads the document that a job has written."""
        place = s3_place(self.resolver.document(node.result, scope))
        self.spoken.append(Spoken.field(node, "result", place))
        document = Call(function=Function.FROM_JSON, arguments=(_result("Body", kind=Kind.TEXT),), kind=Kind.ANY)
        # Read by nobody or not: a document that isn't JSON fails the task.
        wanted = str(self.resolver.fact(Fact(task=node.id, kind=RESULT), scope).path[0])
        return asl.Task(
            name=name,
            resource=GET_OBJECT,
            arguments=place,
            assign={wanted: document},
            catch=(asl.Catch(next=ways.failure),),
            next=ways.success,
        )

    def call(self, node: CallNode, name: str, scope: Scope, ways: Ways) -> asl.Task:
        """A call of another service."""
        if node.must_answer:
            self.resolver.fact(Fact(task=node.id, kind=RESULT), scope)
        facts = self.resolver.plan.variables.held(node.id, scope)
        path = node.output or ()
        arguments = {name: self.resolver.document(value, scope) for name, value in node.arguments.items()}
        self.spoken.extend(
            Spoken(location=node.field(node.fields.get(name, name)), document={name: value})
            for name, value in arguments.items()
        )
        return asl.Task(
            name=name,
            resource=node.resource,
            arguments=arguments,
            assign={variable: _result(*path) for fact, variable in facts if not fact.is_end},
            retriers=retriers(node.retry, own_only=True),
            timeout=node.timeout,
            catch=(asl.Catch(next=ways.failure),),
            comment=node.comment,
            next=ways.success,
        )

    def wait(self, node: WaitNode, name: str, scope: Scope, ways: Ways) -> asl.Wait:
        """A Wait."""
        seconds, until = (self.resolver.document(document, scope) for document in (node.seconds, node.until))
        wait = asl.Wait(name=name, seconds=seconds, until=until, comment=node.comment, next=ways.success)
        self.spoken.append(Spoken.waiting(node, wait))
        return wait

    def poll(self, node: PollNode, name: str, scope: Scope, ways: Ways) -> list[asl.State]:
        """A state for each thing that is waited for; Retry asks again."""
        missing = asl.Retrier(errors=node.missing, attempts=node.attempts, interval=node.interval)
        documents = [self.resolver.document(arguments, scope) for arguments in node.arguments]
        self.spoken.extend(Spoken(location=node.field(node.argument), document=document) for document in documents)
        names = [name, *(self.names.claim(name, word=str(number)) for number in range(2, len(node.arguments) + 1))]
        skipped = (asl.Catch(next=ways.skip, errors=node.missing),) if node.soft_fail else ()
        return [
            asl.Task(
                name=mine,
                resource=node.resource,
                arguments=arguments,
                retriers=(missing, *retriers(node.retry, own_only=True)),
                catch=(*skipped, asl.Catch(next=ways.failure)),
                comment=node.comment,
                next=following,
            )
            for mine, arguments, following in zip(names, documents, [*names[1:], ways.success], strict=True)
        ]

    def choice(self, node: ChoiceNode, name: str, scope: Scope, ways: Ways) -> asl.Choice:
        """A Choice with a rule for each condition."""
        conditions = [
            self.resolver.document(option.condition, scope) for option in node.options if option.condition is not None
        ]
        self.spoken.extend(Spoken.condition(node, condition) for condition in conditions)
        rules = [
            asl.ChoiceRule(condition=condition, next=way)
            for condition, way in zip(conditions, ways.options[:-1], strict=True)
        ]
        return asl.Choice(name=name, rules=tuple(rules), comment=node.comment, next=ways.options[-1])


def _result(*path: str | int, kind: Kind = Kind.ANY) -> Reference:
    return Reference(root=Root.RESULT, path=path, kind=kind)


def _described(fact: Fact) -> Document:
    """A field of a job's description as Step Functions has it."""
    return JOB_FIELDS[fact.field] if fact.field else Reference(root=Root.RESULT, path=("JobId",), kind=Kind.TEXT)
