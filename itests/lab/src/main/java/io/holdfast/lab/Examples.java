package io.holdfast.lab;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Cluster documents and services that the lab's programs use. */
final class Examples {
    /** The port on which the example service answers. */
    static final int PORT = 9000;

    private static final String SECOND_ADDRESS = "10.77.0.101";

    private Examples() {}

    /** An address by the OCF agent and a service beside it, as a group named {@code site}. */
    static Path site(Lab lab, String monitorInterval) {
        Path responder = responder(lab);
        return write(lab.folder().resolve("site.yaml"), """
                cluster: lab
                resources:
                  address:
                    type: ocf:heartbeat:IPaddr2
                    parameters: {ip: %s, cidr_netmask: 24, nic: eth0}
                    monitor: {interval: %s}
                  service:
                    type: process
                    parameters: {command: "/usr/bin/perl %s %d", ready.port: %d}
                    monitor: {interval: %s}
                groups:
                  site: [address, service]
                """.formatted(
                        Lab.SERVICE_ADDRESS, monitorInterval, responder, PORT, PORT, monitorInterval));
    }

    private static Path responder(Lab lab) {
        Path responder = lab.folder().resolve("responder.pl");
        try (InputStream in = Examples.class.getResourceAsStream("responder.pl")) {
            if (in == null) {
                throw new IllegalStateException("responder.pl is not in the lab's jar");
            }
            Files.write(responder, in.readAllBytes());
            return responder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A share on the service address, an address by the OCF agent and the service beside them, as a group named {@code site}. */
    static Path siteWithShare(Lab lab, String monitorInterval) {
        return write(lab.folder().resolve("site.yaml"), """
                cluster: lab
                resources:
                  files:
                    type: cifs
                    parameters: {share: data, path: %s, address: %s/24, guest: true}
                    monitor: {interval: %s}
                  address:
                    type: ocf:heartbeat:IPaddr2
                    parameters: {ip: %s, cidr_netmask: 24, nic: eth0}
                    monitor: {interval: %s}
                  service:
                    type: process
                    parameters: {command: "/usr/bin/perl %s %d", ready.port: %d}
                    monitor: {interval: %s}
                groups:
                  site: [files, address, service]
                """.formatted(
                        shared(lab),
                        Lab.SERVICE_ADDRESS,
                        monitorInterval,
                        SECOND_ADDRESS,
                        monitorInterval,
                        responder(lab),
                        PORT,
                        PORT,
                        monitorInterval));
    }

    /** A CIFS share on the service address. */
    static Path share(Lab lab) {
        return write(lab.folder().resolve("share.yaml"), """
                cluster: demo
                resources:
                  files:
                    type: cifs
                    parameters: {share: data, path: %s, address: %s/%d, guest: true%s}
                """.formatted(
                shared(lab),
                lab.ground().serviceAddress(),
                lab.ground().prefixLength(),
                lab.ground().sharePort() == 445 ? "" : ", port: " + lab.ground().sharePort()));
    }

    private static Path shared(Lab lab) {
        Path shared = lab.folder().resolve("shared");
        try {
            Files.createDirectories(shared);
            Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxrwxrwx")); // guests write too
            Files.setPosixFilePermissions(lab.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
            return shared;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
