// Pages without the frame: signing in, being invited.
import "./safe.js";
import "./forms.js";
