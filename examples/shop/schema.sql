-- A shop: what two regions sell from together. Every table has a key; AUTO_INCREMENT keys are odd in one region and even in the other.
CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
USE shop;

CREATE TABLE customers (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(120) CHARACTER SET ascii NOT NULL,
  name VARCHAR(80) NOT NULL,
  city VARCHAR(60) NOT NULL,
  tier ENUM('bronze', 'silver', 'gold') NOT NULL DEFAULT 'bronze',
  interests SET('books', 'music', 'garden', 'sport') NOT NULL DEFAULT '',
  balance DECIMAL(14,4) NOT NULL DEFAULT 0,
  birthday DATE NULL,
  registered DATETIME(3) NOT NULL,
  changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  UNIQUE KEY email (email),
  KEY city (city, name)
) COMMENT = 'who buys, 客户';

CREATE TABLE products (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sku CHAR(12) NOT NULL,
  name VARCHAR(120) NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  price_with_tax DECIMAL(10,2) AS (ROUND(price * 1.13, 2)) STORED,
  weight DOUBLE NOT NULL,
  rating FLOAT NULL,
  on_sale BIT(1) NOT NULL DEFAULT b'0',
  introduced YEAR NOT NULL,
  UNIQUE KEY sku (sku),
  CONSTRAINT price_is_positive CHECK (price > 0)
);

CREATE TABLE stock (
  product_id INT UNSIGNED NOT NULL,
  warehouse ENUM('beijing', 'shanghai') NOT NULL,
  quantity INT NOT NULL,
  changed TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  PRIMARY KEY (product_id, warehouse),
  CONSTRAINT stock_product FOREIGN KEY (product_id) REFERENCES products (id)
);

CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id BIGINT UNSIGNED NOT NULL,
  status ENUM('new', 'paid', 'shipped', 'delivered', 'returned') NOT NULL DEFAULT 'new',
  ordered DATETIME(6) NOT NULL,
  delivery TIME NULL COMMENT 'wanted time of day',
  note VARCHAR(200) NULL,
  KEY customer (customer_id, ordered),
  CONSTRAINT order_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE TABLE order_lines (
  order_id BIGINT UNSIGNED NOT NULL,
  line TINYINT UNSIGNED NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  quantity SMALLINT UNSIGNED NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  amount DECIMAL(14,2) AS (quantity * price) VIRTUAL,
  PRIMARY KEY (order_id, line),
  KEY product (product_id),
  CONSTRAINT line_order FOREIGN KEY (order_id) REFERENCES orders (id),
  CONSTRAINT line_product FOREIGN KEY (product_id) REFERENCES products (id)
);

-- The keys stand at the end of what 64 unsigned bits hold: 2^64 - 10,000,001 and up.
CREATE TABLE payments (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT UNSIGNED NOT NULL,
  method ENUM('card', 'alipay', 'wechat', 'transfer') NOT NULL,
  amount DECIMAL(14,2) NOT NULL,
  reference BINARY(16) NOT NULL,
  paid DATETIME(6) NOT NULL,
  UNIQUE KEY reference (reference),
  KEY of_order (order_id),
  CONSTRAINT payment_order FOREIGN KEY (order_id) REFERENCES orders (id)
) AUTO_INCREMENT = 18446744073699551615;

CREATE TABLE audit_log (
  region VARCHAR(16) CHARACTER SET ascii NOT NULL,
  worker SMALLINT UNSIGNED NOT NULL,
  entry BIGINT UNSIGNED NOT NULL,
  action VARCHAR(40) NOT NULL,
  at DATETIME(6) NOT NULL,
  details TEXT NULL,
  PRIMARY KEY (region, worker, entry)
);

CREATE TABLE documents (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id BIGINT UNSIGNED NOT NULL,
  title VARCHAR(120) NOT NULL,
  body JSON NOT NULL,
  scan BLOB NULL,
  KEY customer (customer_id),
  CONSTRAINT document_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
);

CREATE VIEW order_totals AS
  SELECT o.id, c.name AS customer, o.status, COUNT(l.line) AS line_count, SUM(l.quantity * l.price) AS total
  FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN order_lines l ON l.order_id = o.id
  GROUP BY o.id, c.name, o.status;
