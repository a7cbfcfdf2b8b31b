#!/bin/bash
echo "=== Configuration OS pour Kafka ==="
cat >> /etc/security/limits.conf << EOF
kafka soft nofile 128000
kafka hard nofile 128000
kafka soft nproc 65536
kafka hard nproc 65536
EOF
cat >> /etc/sysctl.conf << EOF
net.core.wmem_default=131072
net.core.rmem_default=131072
net.core.wmem_max=2097152
net.core.rmem_max=2097152
net.ipv4.tcp_wmem=4096 65536 2048000
net.ipv4.tcp_rmem=4096 65536 2048000
net.core.netdev_max_backlog=50000
net.ipv4.tcp_max_syn_backlog=30000
net.ipv4.tcp_max_tw_buckets=2000000
net.ipv4.tcp_tw_reuse=1
net.ipv4.tcp_fin_timeout=10
vm.swappiness=1
vm.dirty_background_ratio=5
vm.dirty_ratio=60
EOF
sysctl -p
echo never > /sys/kernel/mm/transparent_hugepage/enabled
echo never > /sys/kernel/mm/transparent_hugepage/defrag
echo "Configuration OS appliquée. Redémarrer Kafka pour appliquer les limites."
