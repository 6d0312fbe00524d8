"""`result_job.py DOCUMENT SCRIPT`: runs the script, then writes the document to AIRSTEP_RESULT_URI on the local AWS."""

import http.client
import os
import subprocess
import sys
import urllib.parse

document, script = sys.argv[1:]
if code := subprocess.call(["sh", "-c", script]):
    sys.exit(code)
_, _, host = os.environ["AWS_ENDPOINT_URL"].partition("//")
_, _, path = os.environ["AIRSTEP_RESULT_URI"].partition("//")
connection = http.client.HTTPConnection(host)
connection.request("PUT", f"/{urllib.parse.quote(path)}", body=document, headers={"Content-Type": "application/json"})
answer = connection.getresponse()
if answer.status != 200:
    sys.exit(f"S3 answered {answer.status}: {answer.read().decode()}")
