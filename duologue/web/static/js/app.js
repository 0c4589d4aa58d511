// Every signed-in page: what is loaded, in which order.
import "./safe.js";
import "./acts.js";
import "./times.js";
import "./live.js";
import "./talk.js";
import "./verdict.js";
import "./viewer.js";
import "./composer.js";
import "./inbox.js";
import "./forms.js";
import "./propose.js";
import "./play.js";
