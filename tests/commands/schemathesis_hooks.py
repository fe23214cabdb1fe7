"""What a description cannot say of a request: a cursor goes with its own order. And names that the store knows, for half
of the requests that are made up."""

import schemathesis

TAGS = ["rare-earth", "resources", "#南鳥島の泥", "japan"]
IDS = [f"own-{n:02}" for n in range(1, 17)]
SORTS = ["posts", "burst", "authors", "reposts", "likes", "views", "per_hour", "newest"]


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.query and "after" in case.query and case.query.get("sort") in SORTS:
        del case.query["sort"]


@schemathesis.hook
def map_path_parameters(context, parameters):
    for name, known in (("tag", TAGS), ("id", IDS)):
        text = parameters.get(name) if parameters else None
        if isinstance(text, str) and len(text) % 2:
            parameters[name] = known[len(text) // 2 % len(known)]
            if name == "id":
                parameters["network"] = "-"
    return parameters
