// Pages without the frame: signing in, being invited.
import "./forms.js";
