package io.holdfast.shell;

import io.holdfast.api.fencing.FenceParameter;
import io.holdfast.api.fencing.FenceType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The kinds of fence device, and the parameters of one. */
final class FenceTypesView {
    private FenceTypesView() {}

    static int all(Call call) {
        List<FenceType> types =
                call.await(call.fenceTypes().all(call.limit()), call.limit().plusSeconds(10), false);
        if (call.words.has("--json")) {
            call.io
                    .out()
                    .println(Json.write(types.stream().map(FenceTypesView::json).toList()));
            return Exit.DONE;
        }
        if (types.isEmpty()) {
            call.io.out().println("No fence agents on this node. 'apt-get install fence-agents' brings them.");
            return Exit.DONE;
        }
        Table table = new Table(call.io.colour(), call.io.width(), "AGENT", "FOR", "USABLE");
        for (FenceType type : types) {
            table.row(
                    Table.Cell.of(type.name()),
                    Table.Cell.of(type.description().isEmpty() ? "-" : type.description()),
                    type.problem().isEmpty()
                            ? Table.Cell.of("yes")
                            : new Table.Cell("no: " + type.problem(), Paint.CARE));
        }
        call.io.out().print(table.text());
        return Exit.DONE;
    }

    static int one(Call call) {
        FenceType type = call.await(call.fenceTypes().one(call.word(0), call.limit()), call.limit(), false);
        if (call.words.has("--json")) {
            call.io.out().println(Json.write(json(type)));
            return type.problem().isEmpty() ? Exit.DONE : Exit.REFUSED;
        }
        call.io.out().println(type.name() + (type.path().isEmpty() ? "" : " (" + type.path() + ")"));
        if (!type.description().isEmpty()) {
            call.io.out().println(type.description());
        }
        if (!type.problem().isEmpty()) {
            call.io.out().println(Paint.BAD.on("Not usable: " + type.problem(), call.io.colour()));
        }
        if (!type.parameters().isEmpty()) {
            call.io.out().println();
            call.io.out().print(parameters(call, type));
            call.io
                    .out()
                    .println(
                            "Holdfast sets action, and plug or port from 'nodes'. --json shows the names of old, too.");
        }
        return type.problem().isEmpty() ? Exit.DONE : Exit.REFUSED;
    }

    private static String parameters(Call call, FenceType type) {
        Table table = new Table(call.io.colour(), call.io.width(), "PARAMETER", "TYPE", "DEFAULT", "NEEDED", "MEANING");
        for (FenceParameter parameter : type.parameters()) {
            if (!parameter.deprecated()) {
                table.row(
                        Table.Cell.of(parameter.name()),
                        Table.Cell.of(
                                parameter.choices().isEmpty()
                                        ? parameter.type()
                                        : String.join("|", parameter.choices())),
                        Table.Cell.of(parameter.usual().orElse("-")),
                        Table.Cell.of(parameter.required() ? "yes" : "-"),
                        Table.Cell.of(parameter.description()));
            }
        }
        return table.text();
    }

    private static Map<String, Object> json(FenceType type) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", type.name());
        json.put("path", type.path());
        json.put("description", type.description());
        json.put("problem", type.problem());
        json.put("actions", type.actions());
        json.put(
                "parameters",
                type.parameters().stream().map(FenceTypesView::json).toList());
        return json;
    }

    private static Map<String, Object> json(FenceParameter parameter) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", parameter.name());
        json.put("type", parameter.type());
        json.put("default", parameter.usual().orElse(""));
        json.put("required", parameter.required());
        json.put("choices", parameter.choices());
        json.put("description", parameter.description());
        json.put("deprecated", parameter.deprecated());
        return json;
    }
}
