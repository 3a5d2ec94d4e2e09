package io.holdfast.shell;

import java.util.ArrayList;
import java.util.List;

/** Aligned columns. The last one is wrapped to the terminal's width. */
final class Table {
    /** A cell with its colour. */
    record Cell(String text, Paint paint) {
        static Cell of(String text) {
            return new Cell(text, Paint.PLAIN);
        }
    }

    /** A last column narrower than this is no good: then it is left to the terminal. */
    private static final int NARROWEST = 24;

    private static final String GAP = "  ";
    private final boolean colour;
    private final int width;
    private final List<List<Cell>> rows = new ArrayList<>();

    Table(boolean colour, int width, String... heads) {
        this.colour = colour;
        this.width = width;
        rows.add(java.util.Arrays.stream(heads)
                .map(head -> new Cell(head, Paint.BOLD))
                .toList());
    }

    Table row(Cell... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** {@return the lines, each ended} */
    String text() {
        int columns = rows.get(0).size();
        int[] widths = new int[columns];
        for (List<Cell> row : rows) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], length(row.get(i).text()));
            }
        }
        int indent = 0;
        for (int i = 0; i < columns - 1; i++) {
            indent += widths[i] + GAP.length();
        }
        StringBuilder out = new StringBuilder();
        for (List<Cell> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns - 1; i++) {
                Cell cell = row.get(i);
                line.append(cell.paint().on(cell.text(), colour))
                        .append(" ".repeat(widths[i] - length(cell.text())))
                        .append(GAP);
            }
            Cell last = row.get(columns - 1);
            int room = width - indent;
            List<String> parts = room < NARROWEST ? List.of(last.text()) : wrap(last.text(), room);
            for (int i = 0; i < parts.size(); i++) {
                line.append(i == 0 ? "" : "\n" + " ".repeat(indent))
                        .append(last.paint().on(parts.get(i), colour));
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** {@return the text in lines of at most {@code room} characters, cut between words where that is possible} */
    static List<String> wrap(String text, int room) {
        List<String> lines = new ArrayList<>();
        String left = text;
        while (length(left) > room) {
            int end = left.offsetByCodePoints(0, room);
            int space = left.lastIndexOf(' ', end);
            int cut = space > 0 ? space : end;
            lines.add(left.substring(0, cut).stripTrailing());
            left = left.substring(cut).stripLeading();
        }
        lines.add(left);
        return lines;
    }
}
