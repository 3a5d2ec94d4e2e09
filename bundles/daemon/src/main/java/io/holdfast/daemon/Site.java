package io.holdfast.daemon;

import io.holdfast.api.runtime.Loop;
import io.holdfast.model.ledger.ReplicatedLog;
import java.time.InstantSource;

/**
 * What the daemon's logic is built on.
 *
 * @param node this node's name
 * @param loop the one on which everything runs
 * @param wall only shown, and used to age failures
 * @param log the ledger
 * @param peers the nodes
 */
public record Site(String node, Loop loop, InstantSource wall, ReplicatedLog log, Peers peers) {}
