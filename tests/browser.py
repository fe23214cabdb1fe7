"""Headless Chromium by its DevTools protocol over a pipe: no driver, no port, no library."""
import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

CHROMIUM = shutil.which("chromium")
SECONDS = 60            # for anything that the browser does, on a busy machine too


def browse(url, folder, shown="true", picture=None):
    """The document of a page once the expression holds in it; its picture goes to a file. The folder is the browser's own."""
    browser = Browser(folder)
    try:
        browser.size(1200, 1280)
        browser.visit(url)
        browser.wait_for(shown)
        if picture:
            browser.screenshot(picture)
        return browser.source()
    finally:
        browser.close()


class Browser:
    """One tab, and what it asked for and complained of since the last visit."""

    def __init__(self, folder):
        there, self.commands = os.pipe()
        self.answers, back = os.pipe()
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 f"--user-data-dir={folder}", "--remote-debugging-pipe"]
        # Chromium reads from descriptor 3 and writes to 4; the shell moves them there, whatever numbers they have.
        self.process = subprocess.Popen(["bash", "-c", f'exec "$0" "$@" 3<&{there} 4>&{back}', CHROMIUM, *flags],
                                        pass_fds=[there, back], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(there)
        os.close(back)
        self.last, self.bytes, self.session, self.events = 0, b"", None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "DOM"):
            self.call(f"{domain}.enable")

    def close(self):
        self.session = None
        self.call("Browser.close")
        self.process.wait(SECONDS)
        os.close(self.commands)
        os.close(self.answers)

    def read(self, deadline):
        while b"\0" not in self.bytes:
            ready, _, _ = select.select([self.answers], [], [], max(0, deadline - time.monotonic()))
            part = os.read(self.answers, 1 << 20) if ready else b""
            assert part, "the browser does not answer"
            self.bytes += part
        message, self.bytes = self.bytes.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.last += 1
        session = {"sessionId": self.session} if self.session else {}
        os.write(self.commands, json.dumps({"id": self.last, "method": method, "params": params, **session}).encode() + b"\0")
        deadline = time.monotonic() + SECONDS
        while True:
            message = self.read(deadline)
            if message.get("id") == self.last:
                assert "error" not in message, f"{method}: {message}"
                return message["result"]
            self.events.append(message)

    def wait(self, event):
        deadline = time.monotonic() + SECONDS
        while not any(it.get("method") == event for it in self.events):
            self.events.append(self.read(deadline))

    def visit(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait_for(self, expression):
        """For what scripts of the page do after its load."""
        deadline = time.monotonic() + SECONDS
        while not self.evaluate(expression):
            assert time.monotonic() < deadline, f"not within {SECONDS} s: {expression}"
            time.sleep(0.05)

    def follow(self, selector):
        """Clicks a link and waits for the page behind it."""
        self.events = []
        assert self.evaluate(f"!!document.querySelector({json.dumps(selector)})"), f"no {selector}"
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")
        self.wait("Page.loadEventFired")

    def press(self, key):
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def size(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, scheme="light", media="screen"):
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def scripts(self, on):
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def source(self):
        root = self.call("DOM.getDocument", depth=0)["root"]["nodeId"]
        return self.call("DOM.getOuterHTML", nodeId=root)["outerHTML"]

    def requests(self):
        return [it["params"]["request"]["url"] for it in self.events if it.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        """Errors and warnings of the console, and exceptions."""
        logged = [it["params"]["entry"]["text"] for it in self.events if it.get("method") == "Log.entryAdded"]
        thrown = [str(it["params"]) for it in self.events if it.get("method") == "Runtime.exceptionThrown"]
        return logged + thrown

    def screenshot(self, path):
        Path(path).write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))
