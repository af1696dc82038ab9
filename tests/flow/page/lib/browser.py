"""Headless Chromium by the WebDriver protocol (W3C), standard library only."""
import base64
import json
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

FLAGS = ("--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
         "--disable-background-networking --disable-component-update "
         "--disable-sync --disable-dev-shm-usage --force-device-scale-factor=1 "
         "--window-size=1400,1000").split()
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """A window. Use it with `with`: what it started ends with it."""

    def __init__(self, driver, chromium):
        self.folder = tempfile.mkdtemp(prefix="brownout-page-")
        self.session = None
        self.driver = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        try:
            self.begin(chromium)
        except BaseException:
            self.__exit__()
            raise

    def begin(self, chromium):
        for line in self.driver.stdout:
            found = re.search(r"successfully on port (\d+)", line)
            if found:
                break
        else:
            raise RuntimeError("chromedriver did not start")
        self.base = f"http://127.0.0.1:{found[1]}"
        options = {"args": FLAGS + [f"--user-data-dir={self.folder}"],
                   "binary": chromium}
        answer = self.ask("POST", "/session", {"capabilities": {
            "alwaysMatch": {"goog:chromeOptions": options,
                            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.session = f"/session/{answer['sessionId']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            if self.session:
                self.ask("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(
            self.base + path, data, {"Content-Type": "application/json"},
            method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"{path}: {e.read().decode()}") from None

    def post(self, path, **body):
        return self.ask("POST", self.session + path, body)

    def go(self, url):
        self.post("/url", url=url)

    def run(self, script, *args):
        """What the script returns."""
        return self.post("/execute/sync", script=script, args=list(args))

    def click(self, css):
        found = self.post("/element", using="css selector", value=css)
        self.post(f"/element/{found[ELEMENT]}/click")

    def press(self, *keys):
        """Keys as a keyboard sends them; named ones by WebDriver's codes."""
        codes = {"Tab": "\ue004", "Enter": "\ue007", "Space": " "}
        actions = [{"type": kind, "value": codes.get(key, key)}
                   for key in keys for kind in ("keyDown", "keyUp")]
        self.post("/actions", actions=[
            {"type": "key", "id": "keyboard", "actions": actions}])

    def devtools(self, command, **params):
        return self.post("/goog/cdp/execute", cmd=command, params=params)

    def scheme(self, name):
        self.devtools("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": name}])

    def complaints(self):
        """What the page's scripts and its loading complained of."""
        return [entry["message"]
                for entry in self.post("/se/log", type="browser")
                if entry["level"] == "SEVERE"]

    def picture(self, path, whole=False):
        shot = self.devtools("Page.captureScreenshot",
                             captureBeyondViewport=whole)
        with open(path, "wb") as to:
            to.write(base64.b64decode(shot["data"]))
