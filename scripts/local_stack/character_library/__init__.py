"""A stand-in for the Character Library: the recorded contract with its quirks, and painted images.

    python -m scripts.local_stack.character_library --port 4100 [--host 127.0.0.1] [--delay 2.0]
        [--dialect sync|job] [--shape recorded|top|data|strings] [--relative-urls]

Port 0 takes a free port. The one line that it prints, "Character Library listens on http://HOST:PORT", says
that it answers. Everything is in memory. Beside the contract it has a control API for tests and benches:

`POST /_control/characters` {"id": "c1", "name": "Ada Marsh", ...fields of a character, ...settings}: 201 and the
document with its "settings". The same id again changes fields and settings. Without "characterId" the business id
is the id. Settings, each as a rule that of the command line:
    dialect         "sync": generate-360-set answers with the set; "job": 202, and a job to follow
    shape           "recorded": the whole contract. The others know only POST generate-initial-image,
                    generate-360-set, generate-scene-image and DELETE reference-image, and no rule of one master:
                    "top"       {"publicUrl"}, sets {"images": [{"publicUrl", "angle"}]}
                    "data"      {"data": {"id", "publicUrl"}}, sets {"data": {"images": [{"publicUrl", "angle"}]}}
                    "strings"   {"publicUrl"}, sets {"images": ["http://..."]}, DELETE is an empty 204
    relativeUrls    addresses are /api/media/file/<name>, as from a service without storage plugin
    delayMs         of one picture
    jobStepMs       of one shot in a job (as a rule delayMs)
    shots           in a job, at most 27
    placeholders    generate-360-set draws nothing and answers made-up addresses, as it once did
    pictureSize     [width, height]

`POST /_control/faults` one fault or a list: 201 {"waiting": n}. GET lists them, DELETE ?characterId= drops them.
Which requests (all that is given must fit; the oldest fault that fits is taken):
    route           "generate-initial-image", "generate-360-set", "generate-scene-image", "reference-image",
                    "images", "character" (GET), "patch", "delete", "characters", "standalone", "jobs", "job",
                    "media", "file", "health", "*" (all of these), or "shot": one shot of a set, which then fails
                    with "status" and a text "body"; "delayMs" alone slows it, "hang" stalls the set for ever;
                    or what is behind the library: "generator" (its "status" and text "body", or a bare text),
                    "storage", "dino" (the picture is stored, and lost to all but its media id), "queue" (a job
                    waits)
    characterId     also that of the picture or job which is asked for
    method, pathContains
    skip, times     let so many pass first; then for so many (1), -1 for ever
What happens, after "delayMs" (alone it only slows the real answer):
    action          without the work: "answer" (as a rule; status and body), "html": a proxy's page (502, files 200),
                    "redirect": 302 to location (the same path, ?redirected=1), "reset-before": the connection breaks,
                    "hang": no answer;
                    after the work: "after" (status and body), "reset", "hang-after";
                    with the real answer: "drip" it in `pieces` (12) with `pauseMs` (250) between them, "truncate" it
                    (the connection closes halfway), "cut" it (half, but in order), "garble" its bytes, "huge": pad it
                    to `bytes` (64 MiB)
    status, headers, body (JSON, or text as a string), bodyBase64 (bytes, image/jpeg), contentType

`GET /_control/log?characterId=c1`: {"requests": [{at, method, path, query, route, characterId, body, status}]};
status is null where nothing was answered. `POST /_control/reset` {"characterId": "c1"} forgets it with its pictures,
jobs, faults and log; {} forgets everything.
"""
