package io.holdfast.shell;

import io.holdfast.api.cluster.Event;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** One line an event. */
final class EventsView {
    private EventsView() {}

    static String line(Event event, boolean colour) {
        Paint paint = switch (event.severity()) {
            case "error" -> Paint.BAD;
            case "warn" -> Paint.CARE;
            default -> Paint.PLAIN;
        };
        String mark = switch (event.severity()) {
            case "error" -> "ERROR ";
            case "warn" -> "WARN  ";
            default -> "      ";
        };
        return String.format(
                "%8d  %s  %s",
                event.revision(),
                Times.local(event.wallMillis()),
                paint.on(mark + event.text().replace("\n", " "), colour));
    }

    static Map<String, Object> json(Event event) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("revision", event.revision());
        json.put("order", event.order());
        json.put("time", Instant.ofEpochMilli(event.wallMillis()).toString());
        json.put("node", event.node());
        json.put("resource", event.resource());
        json.put("severity", event.severity());
        json.put("text", event.text());
        return json;
    }
}
