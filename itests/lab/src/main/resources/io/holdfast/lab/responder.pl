#!/usr/bin/perl
# Answers every connection with the name of the node that runs it and the fencing token. Usage: responder.pl PORT
use strict;
use warnings;
use IO::Socket::INET;

$| = 1;
my $listening = IO::Socket::INET->new(LocalAddr => '0.0.0.0', LocalPort => $ARGV[0], Listen => 512, ReuseAddr => 1)
    or die "cannot listen on port $ARGV[0]: $@\n";
my $answer = ($ENV{HOLDFAST_NODE} // 'unknown') . ' ' . ($ENV{HOLDFAST_TOKEN} // 0) . "\n";
$SIG{TERM} = sub { exit 0 };
$SIG{PIPE} = 'IGNORE';
while (1) {
    my $client = $listening->accept() or next;
    print {$client} $answer;
    close $client;
}
