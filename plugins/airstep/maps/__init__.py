"""A map over many items on AWS Batch: the plan, its shards in S3, and what became of each item.

Everything of a map lies under one prefix in S3, `<results>/<dag id>/<task id>`:

    shards/<sha256>.jsonl            the items of an array job: never changed, named after their content
    succeeded/<id>, failed/<id>      what became of an item, written by airstep-item
    runs/<run id>/<round>/           a plan, and the jobs that were submitted for it
    runs/<run id>/manifest.json      what became of all, as Step Functions' ResultWriter says it

An item's id is made of the item and of the work to be done on it: so what has succeeded once is done, in whichever run.
docs/maps.md tells it to users.
"""
