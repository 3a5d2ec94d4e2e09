package io.holdfast.planner.cluster;

/**
 * {@code dependent} goes where {@code primary} is, or keeps away.
 *
 * @param id the constraint's name
 * @param score how much it matters
 * @param dependent the one that follows
 * @param primary the one that is placed first
 * @param dependentRole the role of the dependent that it is about, or empty
 * @param primaryRole the role of the primary that it is about, or empty
 * @param attribute nodes with equal values of this attribute count as one; empty: the node itself
 * @param influence whether the dependent's wishes count for the primary: {@code true}, {@code false}, or empty for the resource's own word
 */
public record Colocation(
        String id,
        int score,
        String dependent,
        String primary,
        String dependentRole,
        String primaryRole,
        String attribute,
        String influence) {}
